/**
 * Cuts of the input → what they gave, in order, read by several threads. What waits is bounded: as long as nobody takes the
 * outcomes, no further cut is asked for.
 */
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Cut } from '@rampart/sensor'
import type { CutOutcome, CutWorker } from './read-cut.ts'
import type { ThreadAnswer, ThreadSetup } from './thread.ts'

export interface ThreadsOptions {
  /** Threads that read, this one among them. */
  threads: number
  /** Start the others at once; else when there turns out to be enough to do. */
  atOnce: boolean
  /** Read nothing before all are ready: for tests, whose input would be read by then. */
  waits?: boolean
  setup: ThreadSetup
}

/** Cuts that a thread may have before it has to catch up. */
const credit = 4
/** So long this thread reads alone before the others are started: what takes less would be done before they are ready. */
const aloneMs = 500
/** Events live for a moment: more room for young objects costs memory and gains nothing. */
const maxYoungGenerationSizeMb = 24

/** A cut on its way, and what became of it. */
interface Pending {
  cut: Cut
  outcome?: CutOutcome
}

export class ReplayThreads {
  readonly #options: ThreadsOptions
  #threads: Thread[] = []
  /** Which thread has an ordered input; null is this one. */
  readonly #owners = new Map<number, Thread | null>()
  #aloneMs = 0
  #failure: Error | undefined
  #wake = () => {}

  constructor(options: ThreadsOptions) {
    this.#options = options
    if (options.atOnce) this.#start()
  }

  /**
   * Outcomes of all cuts, in their order. `own` reads in this thread. Throws when there is a bug in reading, and when a
   * thread was lost, with the place in the input.
   */
  async *read(cuts: AsyncIterable<Cut>, own: CutWorker): AsyncGenerator<CutOutcome> {
    const waiting: Pending[] = []
    const most = credit * this.#options.threads + credit
    if (this.#options.waits) await this.#until(() => this.#threads.every(({ isReady }) => isReady))
    const input = cuts[Symbol.asyncIterator]()
    try {
      for (let next = ahead(input.next()); ; ) {
        // a pipe may give nothing for long: what is found is told meanwhile
        await this.#until(() => waiting[0]?.outcome !== undefined || (next.isHere && waiting.length < most), next)
        if (waiting[0]?.outcome) {
          yield await this.#taken(waiting)
          continue
        }
        const { done, value: cut } = await next.result
        if (done) break
        const pending: Pending = { cut }
        waiting.push(pending)
        await this.#give(pending, own)
        next = ahead(input.next())
      }
    } finally {
      // it closes its files when the piece it is waiting for has come
      void input.return?.()
    }
    while (waiting.length > 0) yield await this.#taken(waiting)
  }

  /** Ends the other threads. */
  async stop(): Promise<void> {
    const threads = this.#threads
    this.#threads = []
    await Promise.all(threads.map((thread) => thread.stop()))
  }

  /** How many other threads there are. */
  get started(): number {
    return this.#threads.length
  }

  /** For tests: ends another thread as a fault in it would. */
  async kill(thread: number): Promise<void> {
    await this.#threads[thread]?.kill()
  }

  #start(): void {
    for (let number = 1; number < this.#options.threads; number++)
      this.#threads.push(
        new Thread(
          this.#options.setup,
          () => this.#wake(),
          (error) => {
            this.#failure ??= error
            this.#wake()
          },
        ),
      )
  }

  async #taken(waiting: Pending[]): Promise<CutOutcome> {
    const [first] = waiting
    await this.#until(() => first?.outcome !== undefined)
    const outcome = waiting.shift()?.outcome
    if (!outcome) throw new Error('a cut without an outcome')
    return outcome
  }

  /** Waits for something that a thread's answer, or the next cut, makes so. */
  async #until(isSo: () => boolean, next?: Ahead): Promise<void> {
    for (;;) {
      if (this.#failure) throw this.#failure
      if (isSo()) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        if (next && !next.isHere) void next.arrived.then(resolve)
      })
    }
  }

  async #give(pending: Pending, own: CutWorker): Promise<void> {
    if (this.#failure) throw this.#failure
    const thread = this.#threadFor(pending.cut)
    if (!thread) {
      await this.#readHere(pending, own)
      return
    }
    await this.#until(() => thread.open < credit)
    thread.give(pending)
  }

  /** The thread that reads a cut; undefined for this one. */
  #threadFor(cut: Cut): Thread | undefined {
    const input = cut.kind === 'problem' ? cut.input : cut.input.number
    const owner = input === undefined ? undefined : this.#owners.get(input)
    if (cut.kind === 'problem' || cut.last) this.#owners.delete(input ?? -1)
    if (owner !== undefined) return owner ?? undefined
    let free: Thread | undefined
    for (const thread of this.#threads) if (thread.isReady && thread.open < (free?.open ?? credit)) free = thread
    if (cut.kind === 'records' && cut.ordered && !cut.last) this.#owners.set(cut.input.number, free ?? null)
    return free
  }

  async #readHere(pending: Pending, own: CutWorker): Promise<void> {
    const from = performance.now()
    try {
      pending.outcome = own.read(pending.cut)
    } catch (error) {
      throw placed(own.at, error instanceof Error ? (error.stack ?? error.message) : String(error))
    }
    // what the others have to say is heard in between
    if (this.#threads.length > 0) return setImmediate()
    this.#aloneMs += performance.now() - from
    if (this.#aloneMs > aloneMs) this.#start()
  }
}

/** A cut that was asked for. */
interface Ahead {
  result: Promise<IteratorResult<Cut>>
  isHere: boolean
  /** Never fails. */
  arrived: Promise<void>
}

function ahead(result: Promise<IteratorResult<Cut>>): Ahead {
  const here = () => {
    made.isHere = true
  }
  const made: Ahead = { result, isHere: false, arrived: result.then(here, here) }
  return made
}

/** Another thread, which answers in the order in which it was given cuts. */
class Thread {
  isReady = false
  #open: Pending[] = []
  #isStopped = false
  readonly #worker: Worker

  constructor(setup: ThreadSetup, onAnswer: () => void, onFailure: (error: Error) => void) {
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), {
      workerData: setup,
      resourceLimits: { maxYoungGenerationSizeMb },
    })
    this.#worker.on('message', (answer: ThreadAnswer) => {
      if (answer.kind === 'failed') return onFailure(placed(answer, answer.message))
      if (answer.kind === 'ready') this.isReady = true
      else {
        const pending = this.#open.shift()
        if (pending) pending.outcome = answer.outcome
      }
      onAnswer()
    })
    const lost = (why: string) => {
      if (this.#isStopped) return
      this.#isStopped = true
      const [pending] = this.#open
      const where = pending ? ` while it read ${describeCut(pending.cut)}` : ''
      onFailure(new Error(`a thread was lost${where}: ${why}; what it found is missing, so nothing more is printed`))
    }
    this.#worker.on('error', (error) => lost(error instanceof Error ? error.message : String(error)))
    this.#worker.on('exit', (code) => lost(`it ended with ${code}`))
  }

  get open(): number {
    return this.#open.length
  }

  give(pending: Pending): void {
    this.#open.push(pending)
    const { cut } = pending
    const content = cut.kind === 'records' && cut.content.framing !== 'document' ? cut.content : undefined
    if (!content) {
      this.#worker.postMessage(cut)
      return
    }
    // lines lie in memory that is needed for the next cut, chunks in their own
    const bytes = content.framing === 'lines' ? new Uint8Array(content.bytes) : content.bytes
    this.#worker.postMessage({ ...cut, content: { ...content, bytes } }, [bytes.buffer as ArrayBuffer])
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#worker.terminate()
  }

  async kill(): Promise<void> {
    await this.#worker.terminate()
  }
}

function placed({ file, record }: { file: string; record: number }, message: string): Error {
  return new Error(`reading ${file}, record ${record}, failed: ${message}`)
}

function describeCut(cut: Cut): string {
  if (cut.kind === 'problem') return cut.file
  const { content, input } = cut
  if (content.framing === 'lines') return `${input.name} from line ${content.first} on`
  const first = content.framing === 'document' ? content.records[0]?.index : undefined
  return first === undefined ? input.name : `${input.name} from record ${first} on`
}
