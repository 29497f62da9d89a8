/** The search process: DuckDB lives here, so that what it does wrong does not take the server along. Ends with its parent. */
import { rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { type EventQuestion, SearchError } from '../event-search.ts'
import { Engine, Interrupted } from './engine.ts'
import { EventIndex } from './event-index.ts'
import { isBefore } from './log-follower.ts'
import { Searcher } from './searcher.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './wire.ts'

/** How long a question waits for events that arrived just before it, ms. */
const catchUpMs = 1500

/** One thread: two of them hold twice as many events in memory. */
const mergerBounds = { memoryMb: 128, threads: 1 }

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings
const say = (message: FromWorker) => process.connected && process.send?.(message, () => {})

// The server asks its children to end by closing the channel; a terminal's Ctrl-C is its business.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit(0))
const running = new Map<number, AbortController>()
const early: ToWorker[] = []
let receive: (message: ToWorker) => void = (message) => early.push(message)
process.on('message', (message: ToWorker) => receive(message))

// Accepting events comes first, for the processor and when memory is short.
try {
  setPriority(10)
  writeFileSync('/proc/self/oom_score_adj', '800')
} catch {
  // Not Linux, or not allowed: then without.
}
rmSync(settings.temporary, { recursive: true, force: true })
await mkdir(settings.temporary, { recursive: true, mode: 0o700 })
await mkdir(settings.files, { recursive: true, mode: 0o700 })
const engine = await Engine.open(settings.files, settings.temporary, settings)
const mergerFolder = join(settings.temporary, 'merger')
await mkdir(mergerFolder, { mode: 0o700 })
const index = await EventIndex.open({
  engine,
  merger: await Engine.open(settings.files, mergerFolder, { ...settings, ...mergerBounds }),
  log: settings.log,
  directory: settings.files,
  ...(settings.fileRows !== undefined && { fileRows: settings.fileRows }),
  ...(settings.mergedFiles !== undefined && { mergedFiles: settings.mergedFiles }),
  onChange: (state) => say({ kind: 'state', state }),
})
const searcher = new Searcher(engine, index, settings.roundRows)
say({ kind: 'state', state: index.state() })

void index.keepUp().catch(fail)

receive = (message) => {
  if (message.kind === 'grown') void index.grown(message.position).catch(fail)
  else if (message.kind === 'sweep') void index.sweep(message).catch(fail)
  else if (message.kind === 'cancel') running.get(message.number)?.abort()
  else void answer(message).catch(fail)
}
for (const message of early.splice(0)) receive(message)

/** Following the log failed for a reason nobody foresaw: the server starts this process anew. */
function fail(error: unknown): void {
  console.error(error)
  process.exit(1)
}

async function answer({ number, method, question, position, timeoutMs }: ToWorker & { kind: 'ask' }): Promise<void> {
  const controller = new AbortController()
  running.set(number, controller)
  const { waitMs = Number.POSITIVE_INFINITY } = question as Pick<EventQuestion, 'waitMs'>
  const enoughAt = performance.now() + waitMs
  let late = false
  const timer = setTimeout(() => {
    late = true
    controller.abort()
  }, timeoutMs)
  try {
    await Promise.race([index.grown(position), new Promise((resolve) => setTimeout(resolve, catchUpMs).unref())])
    const bounds = {
      signal: controller.signal,
      isLate: () => late,
      isEnough: () => performance.now() >= enoughAt,
    }
    const found = await (searcher[method] as (question: unknown, within: typeof bounds) => Promise<unknown>)(
      question,
      bounds,
    )
    const isBehind = isBefore(index.state().known, position)
    say({ kind: 'answer', number, answer: isBehind ? behind(found) : found })
  } catch (error) {
    if (error instanceof SearchError) say({ kind: 'refused', number, code: error.code, message: error.message })
    else if (error instanceof Interrupted)
      say({ kind: 'refused', number, code: 'search.cancelled', message: 'Nobody waits for this search any longer.' })
    else {
      console.error(error)
      say({ kind: 'refused', number, code: 'search.unavailable', message: `The search failed: ${reasonOf(error)}` })
    }
  } finally {
    clearTimeout(timer)
    running.delete(number)
  }
}

/** Events arrived that cannot be searched yet, e.g. after an update with much to take in, or while the disk is full. */
const behind = (answer: unknown) =>
  answer !== null && typeof answer === 'object' && 'shortfall' in answer && answer.shortfall === null
    ? { ...answer, shortfall: 'behind' }
    : answer

const reasonOf = (error: unknown) => (error instanceof Error ? error.message.split('\n', 1)[0] : String(error))
