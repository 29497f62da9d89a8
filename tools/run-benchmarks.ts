/** Runs the benchmarks under test/bench (all, or those named) and prints their tables. Figures go into docs/benchmarks.md. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const all = globSync('test/bench/*/*.bench.ts', { cwd: root }).sort()
const wanted = process.argv.slice(2)
const chosen = all.filter((file) => wanted.length === 0 || wanted.some((name) => file.includes(name)))
if (chosen.length === 0) {
  console.error(
    `no benchmark is called ${wanted.join(', ')}; there are: ${all.map((file) => basename(dirname(file))).join(', ')}`,
  )
  process.exit(2)
}
let status = 0
for (const file of chosen) {
  console.log(`\n== ${file}`)
  const result = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--expose-gc', file], {
    cwd: root,
    stdio: 'inherit',
  })
  if (result.status !== 0) status = 1
}
process.exit(status)
