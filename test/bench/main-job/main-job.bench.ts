/**
 * The main job measured from outside: act → row in the browser (p50, p99 over 200 acts), RSS and CPU of agent and server
 * idle and under a loop of 2,000 process starts, and how many of these starts were seen.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { SegmentArchive } from '../../../apps/server/src/archive/segment-archive.ts'
import { runCommand } from '../../e2e/parts/acts.ts'
import { firstSignIn, openBrowser } from '../../e2e/parts/browser.ts'
import { removeState, startInstallation } from '../../e2e/parts/installation.ts'

const acts = 200
const starts = 2000
const idleMs = 20_000

const startedAt = performance.now()
const installation = await startInstallation({ through: 'launcher' })
const readyMs = performance.now() - startedAt
const browser = await openBrowser()
const rows: [string, string][] = [['start of server, agent and sensors', `${(readyMs / 1000).toFixed(1)} s`]]

try {
  const page = browser.pages()[0] ?? (await browser.newPage())
  await firstSignIn(page, installation.console, installation.password ?? '')
  await page.goto(`${installation.console}/alerts`)
  await page.getByRole('grid').waitFor()
  await page.mouse.move(5, 5)
  // As text: this file is checked without the names of browsers.
  await page.evaluate(`globalThis.seen = {}
    new MutationObserver(() => {
      for (const [name] of document.body.innerText.matchAll(/bench-[0-9]+/g)) seen[name] ??= Date.now()
    }).observe(document.body, { subtree: true, childList: true, characterData: true })`)

  const { cpu: idleCpu, rss: idleRss } = await measured(() => sleep(idleMs))
  rows.push(['agent idle: RSS, CPU of one core', `${megabytes(idleRss.agent)} MB, ${percent(idleCpu.agent)}`])
  rows.push(['server idle: RSS, CPU of one core', `${megabytes(idleRss.server)} MB, ${percent(idleCpu.server)}`])

  const acted = await actAway()
  await sleep(2000)
  const seen = (await page.evaluate('globalThis.seen')) as Record<string, number>
  const latencies = [...acted]
    .flatMap(([name, at]) => (seen[name] === undefined ? [] : [seen[name] - at]))
    .sort((a, b) => a - b)
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN
  rows.push(['acts whose alert was in the browser', `${latencies.length} of ${acted.size}`])
  rows.push([
    'act → row in the browser, p50 / p99 / worst',
    `${at(0.5).toFixed(0)} / ${at(0.99).toFixed(0)} / ${at(1).toFixed(0)} ms`,
  ])

  const marker = `bench-start-${process.pid}`
  const loop = `for ((i = 0; i < ${starts}; i++)); do /usr/bin/env true ${marker}; done`
  let loopMs = 0
  const { cpu, rss } = await measured(async () => {
    const before = performance.now()
    await runCommand('bash', ['-c', loop])
    loopMs = performance.now() - before
    await sleep(1000)
  })
  // `env` executes `true`: two program starts a turn.
  const found = await startsSeen(marker)
  rows.push([`process starts seen (${starts} forks, two programs each)`, `${found} of ${starts * 2}`])
  rows.push(['turns of the loop a second', (starts / (loopMs / 1000)).toFixed(0)])
  rows.push(['agent under the loop: RSS, CPU of one core', `${megabytes(rss.agent)} MB, ${percent(cpu.agent)}`])
  rows.push(['server under the loop: RSS, CPU of one core', `${megabytes(rss.server)} MB, ${percent(cpu.server)}`])
} finally {
  await browser.close()
  await installation.stop()
  removeState(installation.state)
}
for (const [name, value] of rows) console.log(`| ${name} | ${value} |`)

/** One shell in a disposable /etc writes a job file for every name it is given; resolves to the time before each write, ms. */
async function actAway(): Promise<Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'rampart-bench-'))
  const script = `set -e
mount --make-rprivate /
mount -t tmpfs none ${folder}
mkdir ${folder}/upper ${folder}/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=${folder}/upper,workdir=${folder}/work /etc
while read -r name; do printf '%s %s\\n' "$name" "$EPOCHREALTIME"; echo '* * * * * root true' > "/etc/cron.d/$name"; done`
  const child = spawn('unshare', ['-m', 'bash', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const acted = new Map<string, number>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [name = '', seconds = ''] = line.split(' ')
    acted.set(name, Number(seconds) * 1000)
  })
  for (let index = 0; index < acts; index++) {
    child.stdin.write(`bench-${index}\n`)
    await sleep(150 + (index % 7) * 20)
  }
  const ended = new Promise((done) => child.once('exit', done))
  child.stdin.end()
  await ended
  rmSync(folder, { recursive: true, force: true })
  return acted
}

type Side = 'agent' | 'server'

/** CPU (share of one core) and the largest RSS of agent and server while `work` runs. */
async function measured(
  work: () => Promise<unknown>,
): Promise<{ cpu: Record<Side, number>; rss: Record<Side, number> }> {
  const before = usage()
  const from = performance.now()
  const rss: Record<Side, number> = { agent: 0, server: 0 }
  const timer = setInterval(() => {
    const now = usage()
    for (const side of ['agent', 'server'] as const) rss[side] = Math.max(rss[side], now[side].rss)
  }, 500)
  await work()
  clearInterval(timer)
  const after = usage()
  const seconds = (performance.now() - from) / 1000
  const cpu = {
    agent: (after.agent.cpu - before.agent.cpu) / seconds,
    server: (after.server.cpu - before.server.cpu) / seconds,
  }
  return { cpu, rss }
}

/** CPU seconds and RSS bytes of all processes of this installation, by their command lines. */
function usage(): Record<Side, { cpu: number; rss: number }> {
  const sums = { agent: { cpu: 0, rss: 0 }, server: { cpu: 0, rss: 0 } }
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      const side = command.includes(`${installation.state}/agent`)
        ? 'agent'
        : command.includes(`${installation.state}/server`)
          ? 'server'
          : undefined
      if (!side) continue
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      sums[side].cpu += (Number(fields[11]) + Number(fields[12])) / 100
      sums[side].rss += Number(fields[21]) * 4096
    } catch {
      // Ended meanwhile.
    }
  return sums
}

async function startsSeen(marker: string): Promise<number> {
  const copy = mkdtempSync(join(tmpdir(), 'rampart-bench-'))
  cpSync(join(installation.state, 'server', 'events'), copy, { recursive: true })
  const archive = await SegmentArchive.open(copy, {})
  let found = 0
  for await (const batch of archive.batches({ segment: 0, offset: 0 }))
    for (const event of batch.events)
      if (event.type === 'process.started' && event.process.arguments?.at(-1) === marker) found += event.count ?? 1
  await archive.close()
  rmSync(copy, { recursive: true, force: true })
  return found
}

function megabytes(bytes: number): string {
  return (bytes / 1048576).toFixed(0)
}
function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
