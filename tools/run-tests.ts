/**
 * Runs the test suites one after another and ends with one line, `N passed, N failed[, N skipped]`, that adds them up.
 * `tools/run-tests.ts [suite …]` runs only the named ones. Exit status 1 when a test failed or a suite ran none.
 */
import { globSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { inspect } from 'node:util'

/** Suites in the order they run: cheap ones first. A file belongs to the first suite that names it. */
const suites: { name: string; files: string[]; concurrency: number; timeoutMs: number }[] = [
  { name: 'tools', files: ['tools/**/*.test.ts'], concurrency: 2, timeoutMs: 300_000 },
  { name: 'models', files: ['models/*.test.ts'], concurrency: 1, timeoutMs: 300_000 },
  { name: 'packages', files: ['packages/*/{src,test}/**/*.test.ts'], concurrency: 2, timeoutMs: 600_000 },
  { name: 'apps', files: ['apps/{agent,server,cli}/{src,test}/**/*.test.ts'], concurrency: 2, timeoutMs: 600_000 },
  { name: 'console', files: ['apps/console/{src,test}/**/*.test.ts'], concurrency: 1, timeoutMs: 600_000 },
  { name: 'e2e', files: ['test/e2e/**/*.test.ts'], concurrency: 1, timeoutMs: 900_000 },
]

/** What a failed test said and where, again at the end of the output: at most 40 lines of 300 characters. */
function reasonOf(error: Error): string {
  const cause = error.cause ?? error
  const lines = inspect(cause, { depth: 4, colors: false }).split('\n')
  const left = lines.length > 40 ? [`… ${lines.length - 40} more lines`] : []
  return [...lines.slice(0, 40), ...left].map((line) => `    ${line.slice(0, 300)}`).join('\n')
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name))
if (unknown.length > 0) {
  console.error(`no suite is called ${unknown.join(', ')}; there are: ${suites.map((suite) => suite.name).join(', ')}`)
  process.exit(2)
}

const total = { passed: 0, failed: 0, skipped: 0 }
const skippedReasons = new Map<string, number>()
const failedTests: { name: string; reason: string }[] = []
const taken = new Set<string>()

for (const suite of suites) {
  const files = globSync(suite.files, { exclude: (name) => name === 'node_modules' })
    .filter((file) => !taken.has(file))
    .sort()
  for (const file of files) taken.add(file)
  if (wanted.length > 0 && !wanted.includes(suite.name)) continue
  if (files.length === 0) continue
  console.log(`\n== ${suite.name}: ${files.length} files`)
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const startedAt = performance.now()
  const stream = run({
    files,
    concurrency: suite.concurrency,
    timeout: suite.timeoutMs,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  // A test that holds others is counted by its parts, not once more by itself.
  const isLeaf = (data: { details: { type?: string | undefined } }) => data.details.type !== 'suite'
  stream.on('test:pass', (data) => {
    if (!isLeaf(data)) return
    if (data.skip !== undefined && data.skip !== false) {
      counts.skipped++
      const reason = typeof data.skip === 'string' ? data.skip : 'no reason given'
      skippedReasons.set(reason, (skippedReasons.get(reason) ?? 0) + 1)
    } else counts.passed++
  })
  stream.on('test:fail', (data) => {
    if (!isLeaf(data)) return
    counts.failed++
    const place = `${data.file ?? suite.name}${data.line === undefined ? '' : `:${data.line}`}`
    failedTests.push({ name: `${place}: ${data.name}`, reason: reasonOf(data.details.error) })
  })
  for await (const chunk of stream.compose(new spec())) process.stdout.write(chunk)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(
    `-- ${suite.name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s`,
  )
  total.passed += counts.passed
  total.failed += counts.failed
  total.skipped += counts.skipped
}

for (const [reason, count] of skippedReasons) console.log(`skipped ${count}: ${reason}`)
for (const { name, reason } of failedTests) console.log(`failed: ${name}\n${reason}`)
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)
