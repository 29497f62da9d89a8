// Everything measured of the Sigma engine in one table; each part runs in a process of its own. `node engine.bench.ts`
import { spawnSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'

/** As `./rampart` runs: a smaller young generation. */
const shipped = '--max-semi-space-size=8'
const correlation = '../correlation/correlation.bench.ts'
const parts: { file: string; flags?: string[]; parameters?: string[] }[] = [
  { file: 'load.ts' },
  { file: 'load.ts', flags: [shipped] },
  { file: 'lines.ts', parameters: ['12'] },
  { file: 'own-models.ts', parameters: ['20'] },
  { file: 'workers.ts', parameters: ['100000'] },
  ...['1000000', '2000000', '3000000'].flatMap((events) => [
    { file: correlation, parameters: ['1000000', events] },
    { file: correlation, parameters: ['1000000', events], flags: [shipped] },
  ]),
  { file: '../correlation/flood.ts' },
]

console.log(
  `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}`,
)
console.log('CPU time of one thread, unless wall time is said\n')
console.log('| what | value |\n|---|---|')
for (const { file, flags = [], parameters = [] } of parts) {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const run = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--expose-gc', ...flags, path, ...parameters],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const rows = run.stdout.split('\n').filter((line) => line.startsWith('| '))
  console.log(rows.length > 0 ? rows.join('\n') : `| ${file} | ${run.stdout.trim() || 'failed'} |`)
  if (run.status !== 0) process.exitCode = 1
}
