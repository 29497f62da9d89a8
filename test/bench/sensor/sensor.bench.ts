/**
 * What the sensors cost and what they see: a fork and exec storm without, with them and with Debian's auditd in turn, the time
 * from exec to the event, paced events, a burst of files on two rungs, and an idle minute's tenth. Prints one table; needs root
 * and the built kernel programs, and auditd for the comparison. Leaves the host as it was.
 */
import { type ChildProcess, execFileSync, fork, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startAuditd } from './auditd.ts'

const rounds = Number(process.env.ROUNDS ?? 5)
const perRound = Number(process.env.EXECS ?? 2000)
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

interface Reading {
  counts: Record<string, number>
  latenciesMs: number[]
  cpuMs: number
  wallMs: number
  rssBytes: number
  pssBytes: number
  files: number
  lostByCause: Record<string, number>
  emitted: number
  lost: number
}

class Sensing {
  #child: ChildProcess
  private constructor(child: ChildProcess) {
    this.#child = child
  }
  /** `settings`: RUNG and WATCH, for `sensing.ts`. */
  static async start(settings: Record<string, string> = {}): Promise<Sensing> {
    const execArgv = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=1']
    const sensing = new Sensing(fork(here('./sensing.ts'), { execArgv, env: { ...process.env, ...settings } }))
    await sensing.#answer()
    return sensing
  }
  /** Loads or unloads the kernel programs; the process stays, with its code compiled. */
  switch(state: 'on' | 'off'): Promise<unknown> {
    return this.#ask(state)
  }
  reset(): Promise<unknown> {
    return this.#ask('reset')
  }
  read(): Promise<Reading> {
    return this.#ask('read') as Promise<Reading>
  }
  stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    this.#child.send('stop')
    return gone
  }
  #ask(question: string): Promise<unknown> {
    const answer = this.#answer()
    this.#child.send(question)
    return answer
  }
  #answer(): Promise<unknown> {
    return new Promise((resolve) => this.#child.once('message', resolve))
  }
}

interface Turn {
  wall: number
  cpu: number
}
const storm = (): Turn =>
  JSON.parse(spawnSync(process.execPath, [here('./storm.ts'), String(perRound)], { encoding: 'utf8' }).stdout)
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const quantile = (values: number[], part: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN
const show = (value: number, digits = 2) => value.toFixed(digits)
const megabytes = (bytes: number) => show(bytes / 2 ** 20, 0)

console.log(
  `kernel ${execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim()}, load ${readFileSync('/proc/loadavg', 'utf8').slice(0, 14)}`,
)
let sensing = await Sensing.start()
await sensing.switch('on')
storm()
await sensing.switch('off')

const off: Turn[] = []
const on: Turn[] = []
const audited: Turn[] = []
const stormLatencies: number[] = []
let seen = 0
let lost = 0
let stormCpuMs = 0
let auditCpuMs = 0
let auditLost = 0
let whyNoAuditd = ''
for (let round = 0; round < rounds; round++) {
  off.push(storm())
  await sensing.switch('on')
  await pause(300)
  await sensing.reset()
  on.push(storm())
  await pause(200)
  const reading = await sensing.read()
  seen += reading.counts['process.started'] ?? 0
  lost += reading.lost
  stormCpuMs += reading.cpuMs
  for (const latency of reading.latenciesMs) stormLatencies.push(latency)
  await sensing.switch('off')
  const auditd = await startAuditd()
  if (typeof auditd === 'string') {
    whyNoAuditd = auditd
    continue
  }
  const before = auditd.read()
  audited.push(storm())
  await pause(200)
  const after = auditd.read()
  auditCpuMs += after.cpuMs - before.cpuMs
  auditLost += after.lost - before.lost
  await auditd.stop()
}
/** Median over the rounds of the ratio to the same round without: other work on the machine weighs on both. */
const ratio = (turns: Turn[], time: keyof Turn) =>
  show(
    (quantile(
      turns.map((turn, round) => turn[time] / (off[round] ?? turn)[time]),
      0.5,
    ) -
      1) *
      100,
    1,
  )
const against = (turns: Turn[]) => `wall ${ratio(turns, 'wall')} %, CPU ${ratio(turns, 'cpu')} %`
const list = (turns: Turn[]) => {
  const walls = turns.map(({ wall }) => wall)
  const cpus = turns.map(({ cpu }) => cpu)
  return `${walls.map((value) => show(value, 0)).join(' ')}  median ${show(quantile(walls, 0.5), 0)}, CPU ${show(quantile(cpus, 0.5), 0)}`
}
console.log(`storm: ${perRound} fork+exec+wait, ${rounds} rounds each in turn, µs of wall time per turn`)
console.log(`  without       ${list(off)}`)
console.log(`  with sensors  ${list(on)}  (${against(on)})`)
console.log(
  `    starts seen ${seen} of at least ${rounds * perRound}, lost ${lost}; sensor CPU ${show((stormCpuMs * 1000) / seen, 0)} µs per start`,
)
console.log(
  `    exec to event during the storm: p50 ${show(quantile(stormLatencies, 0.5))} ms, p99 ${show(quantile(stormLatencies, 0.99))} ms`,
)
if (audited.length === 0) console.log(`  with auditd   not measured: ${whyNoAuditd}`)
else
  console.log(
    `  with auditd   ${list(audited)}  (${against(audited)}); daemon's CPU ${show((auditCpuMs * 1000) / (audited.length * perRound), 0)} µs per start, lost ${auditLost}`,
  )

// A fresh process: each switch leaves the mapping of its rings behind.
await sensing.stop()
sensing = await Sensing.start()
await sensing.switch('on')
await pause(2000)
await sensing.reset()
await pause(6000)
const idle = await sensing.read()
const events = Object.values(idle.counts).reduce((sum, count) => sum + count, 0)
console.log(
  `idle: ${show((idle.cpuMs / idle.wallMs) * 100)} % of a core with ${events} events in ${show(idle.wallMs / 1000, 0)} s, RSS ${megabytes(idle.rssBytes)} MB, PSS ${megabytes(idle.pssBytes)} MB`,
)

await sensing.reset()
for (let index = 0; index < 200; index++) {
  spawnSync('/bin/true')
  await pause(20)
}
const single = await sensing.read()
console.log(
  `exec to event, one at a time: p50 ${show(quantile(single.latenciesMs, 0.5))} ms, p99 ${show(quantile(single.latenciesMs, 0.99))} ms`,
)

await sensing.reset()
const twice = [1, 2].map(
  () =>
    new Promise<void>((resolve) => {
      spawn(process.execPath, [here('./storm.ts'), '15000', '2500'], { stdio: 'ignore' }).once('exit', () => resolve())
    }),
)
await Promise.all(twice)
await pause(300)
const busy = await sensing.read()
console.log(
  `two loops, 5,000 starts a second asked: ${show((busy.counts['process.started'] ?? 0) / (busy.wallMs / 1000), 0)}/s made and seen, lost ${busy.lost - single.lost}; ` +
    `CPU ${show((busy.cpuMs / busy.wallMs) * 100, 1)} % of a core, RSS ${megabytes(busy.rssBytes)} MB, PSS ${megabytes(busy.pssBytes)} MB`,
)

for (const perSecond of [10_000, 50_000, 100_000, 200_000]) {
  await sensing.reset()
  const before = await sensing.read()
  const made = Number(
    spawnSync(process.execPath, [here('./connecting.ts'), String(perSecond), '3'], { encoding: 'utf8' }).stdout,
  )
  await pause(500)
  const after = await sensing.read()
  const dropped = after.lost - before.lost
  const got = after.counts['network.connected'] ?? 0
  console.log(
    `paced ${perSecond}/s for 3 s: made ${made}, events ${got} + dropped ${dropped} = ${got + dropped}, ` +
      `sensor CPU ${show((after.cpuMs * 1000) / Math.max(1, made))} µs per event, RSS ${megabytes(after.rssBytes)} MB`,
  )
}
await sensing.stop()

for (const rung of ['ebpf', 'fanotify']) {
  const directory = mkdtempSync(path.join(tmpdir(), 'rampart-burst-'))
  const files = await Sensing.start({ RUNG: rung, WATCH: directory })
  await files.switch('on')
  await pause(500)
  await files.reset()
  const start = performance.now()
  // Ten processes with 2,000 files each, as a build or an unpacking makes them.
  const writer = `for (let n = 0; n < 2000; n++) fs.writeFileSync(process.argv[1] + '/' + process.pid + '-' + n, 'x')`
  for (let part = 0; part < 10; part++)
    spawnSync(process.execPath, ['-e', `const fs = require('node:fs'); ${writer}`, directory])
  const writtenMs = performance.now() - start
  await pause(1500)
  const reading = await files.read()
  console.log(
    `burst of 20,000 new files in ${show(writtenMs, 0)} ms, rung ${rung}: ${reading.files} seen, lost ${JSON.stringify(reading.lostByCause)}, ` +
      `sensor CPU ${show(reading.cpuMs, 0)} ms, RSS ${megabytes(reading.rssBytes)} MB`,
  )
  await files.stop()
  rmSync(directory, { recursive: true })
}
