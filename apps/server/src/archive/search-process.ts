/** The event search in a process of its own: started when it is first needed, started anew when it ends. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Event } from '@rampart/event'
import type { Logger } from 'pino'
import type { ArchivePosition } from './event-archive.ts'
import {
  type EventHistogram,
  type EventOrder,
  type EventQuestion,
  type EventSearch,
  type FoundEvents,
  type SearchableEvents,
  SearchError,
} from './event-search.ts'
import type { IndexState } from './search/event-index.ts'
import type { Answer, FromWorker, Method, Question, ToWorker, WorkerSettings } from './search/wire.ts'

const worker = fileURLToPath(new URL('search/search-worker.ts', import.meta.url))
/** Questions answered at a time, and those that may wait. */
const atOnce = 2
const waitingMax = 32
const timeoutDefaultMs = 10_000
/** Beyond its time a process that does not answer is ended. */
const graceMs = 5_000
const restartMs = { first: 500, longest: 60_000 }
const idsMax = 1000
/** What is freed goes back to the system at once: else a conversion keeps twice of what it needs. The second is DuckDB's own. */
const allocators = {
  MALLOC_ARENA_MAX: '2',
  DUCKDB_JE_MALLOC_CONF: 'narenas:1,dirty_decay_ms:100,muzzy_decay_ms:0',
}

export interface SearchProcessParts {
  settings: WorkerSettings
  /** The place up to which the log is on disk. */
  position: () => ArchivePosition
  log: Logger
}

interface Waiting {
  method: Method
  question: unknown
  timeoutMs: number
  signal: AbortSignal | undefined
  resolve: (answer: never) => void
  reject: (error: SearchError) => void
}

export class SearchProcess implements EventSearch {
  readonly #parts: SearchProcessParts
  #child: ChildProcess | null = null
  #state: IndexState | null = null
  readonly #stateWaiters: (() => void)[] = []
  readonly #queue: Waiting[] = []
  readonly #asked = new Map<number, Waiting & { timer: NodeJS.Timeout }>()
  #number = 0
  #failures = 0
  #restart: NodeJS.Timeout | null = null
  #announcing: NodeJS.Timeout | null = null
  #closed = false

  constructor(parts: SearchProcessParts) {
    this.#parts = parts
  }

  /** Starts the process unless it runs or is about to. */
  start(): void {
    if (this.#closed || this.#child || this.#restart) return
    const { settings, log } = this.#parts
    const child = fork(worker, [JSON.stringify(settings)], {
      execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=256', '--max-semi-space-size=4'],
      // Nothing of the server's environment is its business.
      env: { PATH: process.env.PATH ?? '', TZ: 'UTC', ...allocators },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child = child
    let complaint = ''
    child.stderr?.on('data', (bytes: Buffer) => {
      complaint = (complaint + bytes.toString()).slice(-2000)
    })
    child.on('message', (message: FromWorker) => this.#receive(message))
    child.on('error', (error) => log.warn({ error }, 'the search process could not be reached'))
    child.once('exit', (code, signal) => this.#ended(code, signal, complaint))
    this.#tell({ kind: 'grown', position: this.#parts.position() })
    this.#next()
  }

  #tell(message: ToWorker): void {
    if (this.#child?.connected) this.#child.send(message, () => {})
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'state') {
      this.#tellDamage(message.state)
      this.#state = message.state
      for (const tell of this.#stateWaiters.splice(0)) tell()
      return
    }
    const asked = this.#asked.get(message.number)
    if (!asked) return
    this.#asked.delete(message.number)
    clearTimeout(asked.timer)
    this.#failures = 0
    if (message.kind === 'answer') asked.resolve(message.answer as never)
    else asked.reject(new SearchError(message.code, message.message))
    this.#next()
  }

  /** Names go to the log of the server: those that are new, and those that were written anew. */
  #tellDamage({ damaged }: IndexState): void {
    const known = this.#state?.damaged ?? []
    const { log } = this.#parts
    const files = damaged.filter((name) => !known.includes(name))
    if (files.length > 0) log.error({ files }, 'files of events are missing or damaged; what was in them is not found')
    const mended = known.filter((name) => !damaged.includes(name))
    if (mended.length > 0) log.warn({ files: mended }, 'files of events that were damaged are no longer missed')
  }

  #ended(code: number | null, signal: string | null, complaint: string): void {
    this.#child = null
    for (const { reject, timer } of this.#asked.values()) {
      clearTimeout(timer)
      reject(
        new SearchError(
          'search.unavailable',
          'The search process ended while it searched. It is started anew; try again.',
        ),
      )
    }
    this.#asked.clear()
    if (this.#closed) return
    this.#failures++
    const wait = Math.min(restartMs.first * 2 ** (this.#failures - 1), restartMs.longest)
    this.#parts.log.warn({ code, signal, complaint, wait }, 'the search process ended; it is started anew')
    this.#restart = setTimeout(() => {
      this.#restart = null
      this.start()
    }, wait)
    this.#restart.unref()
  }

  /** To be called when the log has grown. The process hears of it at most a few times a second. */
  grown(): void {
    if (!this.#child) return
    this.#announcing ??= setTimeout(() => {
      this.#announcing = null
      this.#tell({ kind: 'grown', position: this.#parts.position() })
    }, 250).unref()
  }

  sweep(limits: { maxBytes: number; before: number }): void {
    this.#tell({ kind: 'sweep', ...limits })
  }

  get processId(): number | null {
    return this.#child?.pid ?? null
  }

  /** What was last heard of the index; null before the first time. */
  get state(): IndexState | null {
    return this.#state
  }

  #ask<Name extends Method>(
    method: Name,
    question: Question<Name>,
    { signal, timeoutMs = timeoutDefaultMs }: Pick<EventQuestion, 'signal' | 'timeoutMs'> = {},
  ): Promise<Answer<Name>> {
    this.start()
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new SearchError('search.unavailable', 'The server stops.'))
      if (signal?.aborted) return reject(cancelled())
      if (this.#queue.length >= waitingMax)
        return reject(new SearchError('search.busy', 'Too many searches at once. Try again in a moment.'))
      const waiting: Waiting = { method, question, timeoutMs, signal, resolve, reject }
      signal?.addEventListener('abort', () => this.#cancel(waiting), { once: true })
      this.#queue.push(waiting)
      this.#next()
    })
  }

  #next(): void {
    while (this.#child && this.#asked.size < atOnce) {
      const waiting = this.#queue.shift()
      if (!waiting) return
      const number = ++this.#number
      const { method, question, timeoutMs } = waiting
      const child = this.#child
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs + graceMs)
      this.#asked.set(number, { ...waiting, timer })
      this.#tell({ kind: 'ask', number, method, question, timeoutMs, position: this.#parts.position() })
    }
  }

  #cancel(waiting: Waiting): void {
    const place = this.#queue.indexOf(waiting)
    if (place >= 0) {
      this.#queue.splice(place, 1)
      waiting.reject(cancelled())
      return
    }
    for (const [number, asked] of this.#asked)
      if (asked.resolve === waiting.resolve) this.#tell({ kind: 'cancel', number })
  }

  search(question: EventQuestion & { limit: number; order?: EventOrder; cursor?: string }): Promise<FoundEvents> {
    return this.#ask('search', plain(question), question)
  }

  histogram(question: EventQuestion & { buckets: number; cursor?: string }): Promise<EventHistogram> {
    return this.#ask('histogram', plain(question), question)
  }

  topValues(question: EventQuestion & { field: string; prefix: string; limit: number }) {
    return this.#ask('topValues', plain(question), question)
  }

  async byIds(ids: readonly string[], span = { from: 0, to: Number.MAX_SAFE_INTEGER }): Promise<Event[]> {
    return ids.length === 0 ? [] : this.#ask('byIds', { ids: ids.slice(0, idsMax), ...span })
  }

  async byProcess(
    assetId: string,
    entityIds: readonly string[],
    bounds: { from?: number; to?: number; limit?: number } = {},
  ) {
    if (entityIds.length === 0) return { events: [], shortfall: null }
    const { from = 0, to = Number.MAX_SAFE_INTEGER, limit = 1000 } = bounds
    return this.#ask('byProcess', { assetId, entityIds: entityIds.slice(0, idsMax), from, to, limit })
  }

  async stats(): Promise<SearchableEvents> {
    this.start()
    if (!this.#state) {
      const heard = new Promise<void>((resolve) => this.#stateWaiters.push(resolve))
      await Promise.race([heard, new Promise((resolve) => setTimeout(resolve, 3000).unref())])
    }
    const { events = 0, oldestAt = null, bytes = 0, files = 0, damagedFiles = 0 } = this.#state ?? {}
    return { events, oldestAt, bytes, files, damagedFiles }
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#restart) clearTimeout(this.#restart)
    if (this.#announcing) clearTimeout(this.#announcing)
    for (const { reject } of this.#queue.splice(0)) reject(new SearchError('search.unavailable', 'The server stops.'))
    const child = this.#child
    if (!child) return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    const kill = setTimeout(() => child.kill('SIGKILL'), 3000)
    child.disconnect()
    await ended
    clearTimeout(kill)
  }
}

const cancelled = () => new SearchError('search.cancelled', 'Nobody waits for this search any longer.')

function plain<T extends EventQuestion>({ signal: _, timeoutMs: __, ...question }: T): Omit<T, 'signal' | 'timeoutMs'> {
  return question
}
