/** Runs every check that needs no running product, at most two at once; prints the output of those that fail. Exit status 1 then. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const node = process.execPath
const flags = ['--disable-warning=ExperimentalWarning']

const checks: [name: string, command: string, ...args: string[]][] = [
  ['types', node, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
  ['types of pure packages', node, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.pure.json'],
  ['types of the console', node, 'node_modules/typescript/bin/tsc', '-p', 'apps/console/tsconfig.json'],
  ['types of its tests', node, 'node_modules/typescript/bin/tsc', '-p', 'apps/console/tsconfig.test.json'],
  ['lint and format', 'node_modules/.bin/biome', 'check', '--error-on-warnings'],
  ['import directions', node, ...flags, 'tools/check-imports.ts'],
  ['models', node, ...flags, 'tools/check-models.ts'],
  ['shapes of events', node, ...flags, 'tools/generate-event-shapes.ts', '--check'],
  ['generated reference', node, ...flags, 'tools/generate-reference.ts', '--check'],
  ['conformance table of Sigma', node, ...flags, 'tools/sigma-conformance.ts', '--check'],
  ['API of Sigma', node, ...flags, 'tools/sigma-api.ts', '--check'],
  ['kernel of Sigma', node, ...flags, 'tools/build-sigma-kernel.ts', '--check'],
  ['text', node, ...flags, 'tools/check-text.ts'],
]

const failed: string[] = []
const queue = [...checks]

async function worker(): Promise<void> {
  for (let check = queue.shift(); check; check = queue.shift()) {
    const [name, command, ...args] = check
    const startedAt = performance.now()
    const { code, output } = await runCommand(command, args)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
    if (code !== 0) {
      failed.push(name)
      console.log(output.trimEnd().replace(/^/gm, '     '))
    }
  }
}

function runCommand(command: string, args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => done({ code: 1, output: String(error) }))
    child.on('close', (code) => done({ code: code ?? 1, output }))
  })
}

await Promise.all([worker(), worker()])
console.log(failed.length === 0 ? 'all checks passed' : `failed: ${failed.join(', ')}`)
process.exit(failed.length === 0 ? 0 : 1)
