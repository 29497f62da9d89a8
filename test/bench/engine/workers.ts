// Lines spread over worker threads by asset: wall time of one and of two workers. `node workers.ts [lines]`
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { compileSigma, windowsPipeline, windowsRouteOf } from '@rampart/sigma'
import { Dice, hasSigma, loadRules, ordinary } from './events.ts'
import { printRows } from './rows.ts'

/** Batches that a worker may have before it has to catch up. */
const credit = 4
const batchBytes = 262_144
/** Passes that are measured, after those in which the matchers of all workers have learnt each route: a pass takes a sixth of a second. */
const passes = 8
const learningPasses = 6

if (!hasSigma) console.log('skipped: no SigmaHQ rules (set RAMPART_TEST_DATA)')
else if (isMainThread) await compare(Number(process.argv[2] ?? 60_000))
else work()

/** A worker: batches of whole lines in, the number of lines and matches of each out. */
function work(): void {
  const { engine } = compileSigma(loadRules(), windowsPipeline)
  const matcher = engine.lineMatcher({
    route: windowsRouteOf,
    decode: (bytes, start, end, isAscii) =>
      isAscii
        ? Buffer.prototype.latin1Slice.call(bytes, start, end)
        : Buffer.prototype.utf8Slice.call(bytes, start, end),
  })
  parentPort?.on('message', (bytes: Uint8Array) => {
    let matches = 0
    const lines = matcher.matchLines(bytes, 0, bytes.length, (outcome) => {
      if (outcome !== 'malformed') matches += outcome.rules.length
    })
    parentPort?.postMessage({ lines, matches })
  })
  parentPort?.postMessage('ready')
}

async function compare(count: number): Promise<void> {
  const dice = new Dice(11)
  const records = Array.from({ length: count }, () => ordinary(dice))
  const lines = records.map((record) => ({ asset: String(record.Computer), text: JSON.stringify(record) }))
  const one = await run(1, lines)
  const two = await run(2, lines)
  if (one.lines !== count * passes || two.lines !== count * passes || one.matches !== two.matches)
    throw new Error('lines or matches lost')
  const rate = ({ seconds }: { seconds: number }): string => Math.round((count * passes) / seconds).toLocaleString('en')
  printRows([
    ['lines/s with one worker thread, wall time', `${rate(one)} (the producer waited ${one.waits} times)`],
    ['with two', `${rate(two)} (${two.waits} times), ratio ${(one.seconds / two.seconds).toFixed(2)}`],
  ])
}

/** Feeds every line to the worker of its asset; waits whenever that worker has all the batches it may have. */
async function run(workers: number, lines: readonly { asset: string; text: string }[]) {
  const done = { lines: 0, matches: 0, waits: 0, seconds: 0 }
  const lanes = Array.from({ length: workers }, () => {
    const lane = { worker: new Worker(new URL(import.meta.url)), open: 1, wake: () => {} }
    lane.worker.on('message', (message: 'ready' | { lines: number; matches: number }) => {
      lane.open--
      if (message !== 'ready') {
        done.lines += message.lines
        done.matches += message.matches
      }
      lane.wake()
    })
    return lane
  })
  const until = async (lane: (typeof lanes)[number], open: number): Promise<void> => {
    while (lane.open > open)
      await new Promise<void>((resolve) => {
        lane.wake = resolve
      })
  }
  const batches: { lane: number; bytes: Uint8Array }[] = []
  const texts = lanes.map((): string[] => [])
  const sizes = lanes.map(() => 0)
  const cut = (lane: number): void => {
    const text = Buffer.from(`${texts[lane]?.join('\n')}\n`)
    // shared, so that handing over copies nothing: what is measured are the workers
    const bytes = new Uint8Array(new SharedArrayBuffer(text.length))
    bytes.set(text)
    batches.push({ lane, bytes })
    texts[lane] = []
    sizes[lane] = 0
  }
  for (const { asset, text } of lines) {
    const lane = hash(asset) % workers
    texts[lane]?.push(text)
    sizes[lane] = (sizes[lane] ?? 0) + text.length
    if ((sizes[lane] ?? 0) > batchBytes) cut(lane)
  }
  for (const [lane, some] of texts.entries()) if (some.length > 0) cut(lane)
  for (const lane of lanes) await until(lane, 0)

  let started = 0
  const all = Array.from({ length: learningPasses + passes }, () => batches).flat()
  for (const [at, { lane: index, bytes }] of all.entries()) {
    if (at === batches.length * learningPasses) {
      for (const lane of lanes) await until(lane, 0)
      Object.assign(done, { lines: 0, matches: 0, waits: 0 })
      started = performance.now()
    }
    const lane = lanes[index]
    if (!lane) continue
    if (lane.open >= credit) {
      done.waits++
      await until(lane, credit - 1)
    }
    lane.open++
    lane.worker.postMessage(bytes)
  }
  for (const lane of lanes) await until(lane, 0)
  done.seconds = (performance.now() - started) / 1000
  for (const { worker } of lanes) await worker.terminate()
  return done
}

function hash(text: string): number {
  let value = 0
  for (let at = 0; at < text.length; at++) value = (Math.imul(value, 31) + text.charCodeAt(at)) >>> 0
  return value
}
