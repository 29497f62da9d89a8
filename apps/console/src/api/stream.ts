/** The live stream: one server-sent event connection for the whole page, its state and its messages. */
import type { StreamMessage, StreamMessageName } from '@rampart/api'

export type LiveState = 'connecting' | 'live' | 'reconnecting'
type Listener = (message: never) => void

const names: StreamMessageName[] = [
  'alert.raised',
  'alert.updated',
  'alerts.changed',
  'batch.progress',
  'incidents.changed',
  'summary',
  'asset.changed',
  'banners',
  'task.changed',
  'operation.changed',
]
/** First and longest pause before a closed stream is opened again. */
const retryMs = { first: 1_000, longest: 30_000 }

/** Opens on `start`, reopens by itself, and hands every message to those who listen to its name. */
export class LiveStream {
  #source: EventSource | undefined
  #listeners = new Map<StreamMessageName, Set<Listener>>()
  #watchers = new Set<() => void>()
  #reopened = new Set<() => void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #pauseMs = retryMs.first
  #wasLive = false
  state: LiveState = 'connecting'

  start(): void {
    if (this.#source) return
    const source = new EventSource('/api/v1/stream')
    this.#source = source
    source.onopen = () => {
      this.#pauseMs = retryMs.first
      if (this.#wasLive) for (const renew of this.#reopened) renew()
      this.#wasLive = true
      this.#enter('live')
    }
    source.onerror = () => {
      this.#enter(this.#wasLive ? 'reconnecting' : 'connecting')
      // The browser reopens after a broken connection, not after an answer that is no stream.
      if (source.readyState === EventSource.CLOSED) this.#reopenLater()
    }
    for (const name of names) {
      source.addEventListener(name, (event) => {
        const message = JSON.parse((event as MessageEvent<string>).data)
        for (const listener of this.#listeners.get(name) ?? []) listener(message as never)
      })
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#source?.close()
    this.#source = undefined
    this.#wasLive = false
    this.#enter('connecting')
  }

  /** Returns the function that ends listening. */
  on<Name extends StreamMessageName>(name: Name, listener: (message: StreamMessage<Name>) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener as Listener)
    return () => listeners.delete(listener as Listener)
  }

  /** Called when the stream is live again after a gap, in which messages were missed. */
  onReopened(renew: () => void): () => void {
    this.#reopened.add(renew)
    return () => this.#reopened.delete(renew)
  }

  watchState = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #enter(state: LiveState): void {
    if (this.state === state) return
    this.state = state
    for (const watcher of this.#watchers) watcher()
  }

  #reopenLater(): void {
    this.#source?.close()
    this.#source = undefined
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.start(), this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, retryMs.longest)
  }
}
