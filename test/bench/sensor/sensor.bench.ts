/**
 * What the kernel sensors cost and what they see: a fork and exec storm without and with them in turn, the time from exec to
 * the event, paced events, and an idle minute's tenth. Prints one table; needs root and the built kernel programs.
 */
import { type ChildProcess, execFileSync, fork, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const rounds = Number(process.env.ROUNDS ?? 5)
const perRound = Number(process.env.EXECS ?? 2000)
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

interface Reading {
  counts: Record<string, number>
  latenciesMs: number[]
  cpuMs: number
  wallMs: number
  rssBytes: number
  emitted: number
  lost: number
}

class Sensing {
  #child: ChildProcess
  private constructor(child: ChildProcess) {
    this.#child = child
  }
  static async start(): Promise<Sensing> {
    const sensing = new Sensing(fork(here('./sensing.ts'), { execArgv: ['--disable-warning=ExperimentalWarning'] }))
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

const storm = () => {
  const script = `i=0; while [ $i -lt ${perRound} ]; do /bin/true; i=$((i+1)); done`
  const start = performance.now()
  spawnSync('/bin/sh', ['-c', script])
  return ((performance.now() - start) * 1000) / perRound
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const quantile = (values: number[], part: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN
const show = (value: number, digits = 2) => value.toFixed(digits)

console.log(
  `kernel ${execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim()}, load ${readFileSync('/proc/loadavg', 'utf8').slice(0, 14)}`,
)
let sensing = await Sensing.start()
await sensing.switch('on')
storm()
await sensing.switch('off')

const off: number[] = []
const on: number[] = []
const stormLatencies: number[] = []
let seen = 0
let lost = 0
let stormCpuMs = 0
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
}
const change = (quantile(on, 0.5) / quantile(off, 0.5) - 1) * 100
console.log(`storm: ${perRound} fork+exec+wait, ${rounds} rounds each in turn, µs per iteration`)
console.log(`  without ${off.map((value) => show(value, 0)).join(' ')}  median ${show(quantile(off, 0.5), 0)}`)
console.log(
  `  with    ${on.map((value) => show(value, 0)).join(' ')}  median ${show(quantile(on, 0.5), 0)}  (${show(change, 1)} %)`,
)
console.log(
  `  starts seen ${seen} of at least ${rounds * perRound}, lost ${lost}; sensor CPU ${show((stormCpuMs * 1000) / seen, 0)} µs per start`,
)
console.log(
  `  exec to event during the storm: p50 ${show(quantile(stormLatencies, 0.5))} ms, p99 ${show(quantile(stormLatencies, 0.99))} ms`,
)

// A fresh process: each switch leaves the mapping of its ring behind.
await sensing.stop()
sensing = await Sensing.start()
await sensing.switch('on')
await pause(2000)
await sensing.reset()
await pause(6000)
const idle = await sensing.read()
const events = Object.values(idle.counts).reduce((sum, count) => sum + count, 0)
console.log(
  `idle: ${show((idle.cpuMs / idle.wallMs) * 100)} % of a core with ${events} events in ${show(idle.wallMs / 1000, 0)} s, RSS ${show(idle.rssBytes / 2 ** 20, 0)} MB`,
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

for (const perSecond of [10_000, 50_000, 100_000, 200_000]) {
  await sensing.reset()
  const before = await sensing.read()
  const made = Number(
    spawnSync(process.execPath, [here('./connecting.ts'), String(perSecond), '3'], { encoding: 'utf8' }).stdout,
  )
  await pause(500)
  const after = await sensing.read()
  const dropped = after.lost - before.lost
  console.log(
    `paced ${perSecond}/s for 3 s: made ${made}, events ${after.counts['network.connected'] ?? 0}, dropped ${dropped}, ` +
      `sensor CPU ${show((after.cpuMs * 1000) / Math.max(1, made))} µs per event, RSS ${show(after.rssBytes / 2 ** 20, 0)} MB`,
  )
}

await sensing.stop()
