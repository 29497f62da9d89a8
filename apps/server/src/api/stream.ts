/** Live updates: server-sent events to every signed-in browser, with bounded buffers and a short memory for reconnects. */
import type { ServerResponse } from 'node:http'
import type { StreamMessageName, streamMessages } from '@rampart/api'
import type { z } from 'zod'
import type { Metrics } from '../metrics.ts'
import { type AssetScope, isVisible, scopeKey } from './asset-scope.ts'

type Message<Name extends StreamMessageName> = z.output<(typeof streamMessages)[Name]>

export interface StreamClient {
  response: ServerResponse
  /** Who looks. */
  user: string
  /** What this browser may see. */
  scope: AssetScope
  /** Asked at every heartbeat: false ends the stream. */
  isSignedIn: () => boolean
}

/** Whom a message is for: those who may see assets of this group (null: assets in no group), or everybody. */
export type Audience = { group: string | null } | 'everybody'

/** Bytes that may wait for one browser; more and it is cut off, to come back and catch up. */
const bufferMax = 1024 * 1024
/** Messages remembered for browsers that come back. */
const memory = 500
const heartbeatMs = 15_000
const clientsMax = 1000
/** Streams of one user: nobody takes all of them. */
const clientsPerUser = 50

export class Stream {
  readonly #clients = new Set<StreamClient>()
  readonly #metrics: Metrics
  /** Part of every message id: ids of an earlier run of the server are recognised as such. */
  readonly #run: string
  readonly #recent: { number: number; text: string; audience: Audience }[] = []
  #number = 0
  readonly #heartbeat: NodeJS.Timeout

  constructor(metrics: Metrics, run: string) {
    this.#metrics = metrics
    this.#run = run
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs)
    this.#heartbeat.unref()
  }

  get clients(): number {
    return this.#clients.size
  }

  /** Takes a response over; false when there are too many. Messages after `lastEventId` are sent again if remembered. */
  add(client: StreamClient, lastEventId: string | undefined): boolean {
    if (this.#clients.size >= clientsMax || this.#countOf(client.user) >= clientsPerUser) return false
    const { response } = client
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    response.write('retry: 2000\n\n')
    const [run, number] = (lastEventId ?? '').split('-')
    if (run === this.#run)
      for (const message of this.#recent)
        if (message.number > Number(number) && isFor(message.audience, client)) response.write(message.text)
    this.#clients.add(client)
    this.#metrics.browsers.set(this.#clients.size)
    response.on('close', () => this.#remove(client))
    response.on('error', () => this.#remove(client))
    return true
  }

  #countOf(user: string): number {
    let count = 0
    for (const client of this.#clients) if (client.user === user) count++
    return count
  }

  #remove(client: StreamClient): void {
    this.#clients.delete(client)
    this.#metrics.browsers.set(this.#clients.size)
  }

  /** Sends one message to everyone who may see what it is about, and remembers it for those who come back. */
  publish<Name extends StreamMessageName>(name: Name, message: Message<Name>, audience: Audience): void {
    this.#number++
    // JSON has no line breaks of its own, so one data line holds it whatever the values are.
    const text = `event: ${name}\nid: ${this.#run}-${this.#number}\ndata: ${JSON.stringify(message)}\n\n`
    this.#recent.push({ number: this.#number, text, audience })
    if (this.#recent.length > memory) this.#recent.shift()
    for (const client of this.#clients) if (isFor(audience, client)) this.#write(client, text)
  }

  /**
   * Sends every browser a message about all that it may see, made once for each scope. It is not remembered: who comes
   * back is greeted with the present one.
   */
  async publishScoped<Name extends StreamMessageName>(
    name: Name,
    messageFor: (scope: AssetScope) => Promise<Message<Name>>,
  ): Promise<void> {
    const scopes = new Map([...this.#clients].map((client) => [scopeKey(client.scope), client.scope]))
    for (const [key, scope] of scopes) {
      const message = await messageFor(scope)
      for (const client of this.#clients) if (scopeKey(client.scope) === key) this.greet(client, name, message)
    }
  }

  /** Sends one message to one browser; it is not remembered. */
  greet<Name extends StreamMessageName>(client: StreamClient, name: Name, message: Message<Name>): void {
    this.#write(client, `event: ${name}\ndata: ${JSON.stringify(message)}\n\n`)
  }

  #write(client: StreamClient, text: string): void {
    if (client.response.writableLength > bufferMax) {
      this.#metrics.browsersDropped.inc()
      client.response.destroy()
      return
    }
    client.response.write(text)
  }

  /** Ends the streams of sessions that are over. */
  checkSessions(): void {
    for (const client of this.#clients) if (!client.isSignedIn()) client.response.end()
  }

  #beat(): void {
    this.checkSessions()
    for (const client of this.#clients) this.#write(client, ': still here\n\n')
  }

  close(): void {
    clearInterval(this.#heartbeat)
    for (const client of this.#clients) client.response.end()
  }
}

const isFor = (audience: Audience, { scope }: StreamClient) => audience === 'everybody' || isVisible(scope, audience)
