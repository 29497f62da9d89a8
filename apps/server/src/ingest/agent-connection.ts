/** One agent's WebSocket: validates messages, feeds batches in order into the inbox, holds the agent back when it is full. */
import { type AgentMessage, agentMessage, closeCodes, protocolVersion, type ServerMessage } from '@rampart/api'
import { pack } from 'msgpackr'
import type { WebSocket } from 'ws'
import type { Metrics } from '../metrics.ts'
import { decodeBatch, unpackMessage } from './decode-batch.ts'
import type { Inbox } from './inbox.ts'
import type { IntroducedAssets } from './introduced-assets.ts'

type Hello = Extract<AgentMessage, { type: 'hello' }>
type Health = Extract<AgentMessage, { type: 'health' }>
type InventoryPart = Extract<AgentMessage, { type: 'inventory' }>
type TaskNews = Extract<AgentMessage, { type: 'task-result' | 'task-data' }>
type Batch = Extract<AgentMessage, { type: 'batch' }>

export interface ConnectionParts {
  inbox: Inbox
  metrics: Metrics
  /** Other hosts that agents tell of. */
  introduced: Pick<IntroducedAssets, 'admit' | 'save'>
  now: () => number
  heartbeatMs: number
  /** Last stored sequence of a stream. */
  acknowledged: (source: string, spoolId: string) => Promise<number>
  /** What this agent is told to do, at the welcome. */
  policy: () => Record<string, unknown>
  onHello: (hello: Hello) => Promise<void>
  /** The welcome was sent: from now on the agent takes tasks. */
  onWelcome: (hello: Hello) => void
  onHealth: (health: Health) => void
  onTaskNews: (news: TaskNews) => void
  onInventory: (part: InventoryPart) => Promise<void>
  onHeard: () => void
  /** `stopped`: the reason the agent gave, null when it just went away. */
  onClose: (stopped: string | null) => void
}

/** Messages, and their bytes, that may wait to be unpacked; beyond it the socket is no longer read. */
const messagesMax = 32
const bytesMax = 16 * 1024 * 1024
const pauseMs = 250
const helloWithinMs = 10_000

export class AgentConnection {
  readonly assetId: string
  readonly #socket: WebSocket
  readonly #parts: ConnectionParts
  #spoolId: string | null = null
  #sequence = 0
  #stopped: string | null = null
  /** Messages are taken one after the other, in the order of their arrival. */
  #work: Promise<void> = Promise.resolve()
  #alive = true
  /** Messages received and not taken yet. */
  #pending = 0
  #pendingBytes = 0
  readonly #closed = Promise.withResolvers<false>()
  /** A batch was left to a later connection, so those after it are too. */
  #leaves = false
  readonly #clocks: NodeJS.Timeout[] = []

  constructor(assetId: string, socket: WebSocket, parts: ConnectionParts) {
    this.assetId = assetId
    this.#socket = socket
    this.#parts = parts
    socket.on('message', (data: Buffer, isBinary) => {
      this.#alive = true
      this.#pending++
      this.#pendingBytes += data.length
      if (this.#hasEnough()) socket.pause()
      this.#work = this.#work
        .then(() => this.#take(data, isBinary))
        .catch((error) => this.#fail(error))
        .then(() => {
          this.#pending--
          this.#pendingBytes -= data.length
          this.#resume()
        })
    })
    socket.on('pong', () => {
      this.#alive = true
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      for (const clock of this.#clocks) clearInterval(clock)
      this.#closed.resolve(false)
      // A goodbye that is still being taken in comes first.
      void this.#work.then(() => parts.onClose(this.#stopped))
    })
    this.#clocks.push(
      setTimeout(() => this.#spoolId === null && this.close(closeCodes.badMessage, 'no hello'), helloWithinMs),
      setInterval(() => this.#ping(), Math.max(1000, parts.heartbeatMs)),
    )
  }

  /** A connection whose other end vanished answers nothing: it is cut, so that the agent's silence is seen. */
  #ping(): void {
    if (!this.#alive) {
      this.#socket.terminate()
      return
    }
    this.#alive = this.#socket.isPaused
    this.#socket.ping()
  }

  #fail(error: unknown): void {
    this.#parts.metrics.refusedMessages.inc({ code: 'message.unexpected' })
    this.close(closeCodes.badMessage, error instanceof Error ? error.message.slice(0, 100) : 'unexpected')
  }

  /** False when the other end left the last ping without an answer. */
  get isAlive(): boolean {
    return this.#alive
  }

  send(message: ServerMessage): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(pack(message))
  }

  close(code: number, reason: string): void {
    // It is not missed: nothing is expected of it any more.
    if (code === closeCodes.revoked) this.#stopped = reason
    this.#socket.close(code, reason)
    setTimeout(() => this.#socket.terminate(), 1000).unref()
  }

  async #take(data: Buffer, isBinary: boolean): Promise<void> {
    const parsed = agentMessage.safeParse(isBinary ? unpackMessage(data) : null)
    if (!parsed.success) {
      this.#parts.metrics.refusedMessages.inc({ code: 'message.invalid' })
      return this.close(closeCodes.badMessage, 'a message that is not of the protocol')
    }
    this.#parts.onHeard()
    const message = parsed.data
    if (message.type === 'hello') return this.#hello(message)
    if (this.#spoolId === null) return this.close(closeCodes.badMessage, 'hello comes first')
    if (message.type === 'batch') return this.#batch(message, this.#spoolId)
    if (message.type === 'health') return this.#parts.onHealth(message)
    if (message.type === 'inventory') return this.#parts.onInventory(message)
    if (message.type === 'stopping') this.#stopped = message.reason
    else this.#parts.onTaskNews(message)
  }

  async #hello(hello: Hello): Promise<void> {
    if (this.#spoolId !== null) return this.close(closeCodes.badMessage, 'hello was said already')
    if (hello.protocol !== protocolVersion)
      return this.close(closeCodes.wrongProtocol, `this server speaks protocol ${protocolVersion}`)
    await this.#parts.onHello(hello)
    // What an earlier connection of this agent left is stored first: the welcome then says all that is stored.
    await this.#parts.inbox.idle(this.assetId)
    const acknowledged = await this.#parts.acknowledged(this.assetId, hello.spoolId)
    this.#spoolId = hello.spoolId
    this.#sequence = acknowledged
    const { heartbeatMs, policy } = this.#parts
    this.send({ type: 'welcome', assetId: this.assetId, acknowledged, heartbeatMs, policy: policy() })
    this.#parts.onWelcome(hello)
  }

  async #batch(message: Batch, spoolId: string): Promise<void> {
    const { inbox, metrics, now } = this.#parts
    const { sequence } = message
    if (sequence <= this.#sequence) {
      // Stored, or about to be: then the acknowledgement is on its way already.
      metrics.duplicateBatches.inc()
      if (inbox.depth(this.assetId) === 0) this.send({ type: 'acknowledge', sequence })
      return
    }
    // Not unpacked before there is room: a small payload can be a large batch.
    while (!this.#leaves && inbox.isFull(this.assetId))
      this.#leaves = !(await Promise.race([inbox.room(this.assetId), this.#closed.promise]))
    // The sender keeps what is not acknowledged and sends it again, in order.
    if (this.#leaves) return
    this.#sequence = sequence
    const decoded = metrics.stageSeconds.startTimer({ stage: 'decode' })
    const { events, refused, bytes } = await decodeBatch(message.payload, this.assetId, this.#parts.introduced.admit)
    decoded()
    await this.#parts.introduced.save()
    const receivedAt = now()
    const acknowledge = () => {
      this.send({ type: 'acknowledge', sequence })
      this.#release()
    }
    inbox.push({ batch: { source: this.assetId, spoolId, sequence, receivedAt, events }, bytes, refused, acknowledge })
    if (!inbox.isFull(this.assetId) || this.#socket.isPaused) return
    this.#socket.pause()
    this.send({ type: 'slow-down', pauseMs })
  }

  #hasEnough(): boolean {
    return this.#pending >= messagesMax || this.#pendingBytes >= bytesMax
  }

  #resume(): void {
    if (this.#socket.isPaused && !this.#hasEnough() && !this.#parts.inbox.isFull(this.assetId)) this.#socket.resume()
  }

  #release(): void {
    this.#parts.onHeard()
    this.#resume()
  }
}
