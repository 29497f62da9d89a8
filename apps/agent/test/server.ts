/** The server's side of the protocol, small and with knobs: real TLS, real sockets, batches kept in memory. */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { zstdDecompressSync } from 'node:zlib'
import { type AgentMessage, agentMessage, formatEnrolmentToken } from '@rampart/api'
import { type Event, parseEvent } from '@rampart/event'
import { Packr, Unpackr } from 'msgpackr'
import { type WebSocket, WebSocketServer } from 'ws'
import { createAuthority, type TestAuthority } from './authority.ts'

const packr = new Packr({ useRecords: false })
const unpackr = new Unpackr({ useRecords: false })

export interface ReceivedBatch {
  sequence: number
  events: Event[]
  at: number
}
type Hello = Extract<AgentMessage, { type: 'hello' }>

export class TestServer {
  readonly authority: TestAuthority
  /** Batches in the order they were first stored, by the agent's asset. */
  readonly batches: ReceivedBatch[] = []
  readonly hellos: Hello[] = []
  readonly health: Extract<AgentMessage, { type: 'health' }>[] = []
  readonly stopping: string[] = []
  /** What arrived that was no valid message or event. */
  readonly faults: string[] = []
  /** Batches that came again after they were stored. */
  repeated = 0
  /** False: events are only counted, in `received`, with the delay of each batch's last. */
  validating = true
  received = 0
  receivedBytes = 0
  readonly delays: number[] = []
  /** False: batches are kept but not acknowledged. */
  acknowledging = true
  /** Waits so long before an acknowledgement. */
  acknowledgeMs = 0
  policy: object = {}
  heartbeatMs = 1_000
  assetId = 'host-test'
  #stored = new Map<string, number>()
  #secret = 'test-secret-of-at-least-16'
  #sockets = new Set<WebSocket>()
  #http: ReturnType<typeof createServer> | undefined
  port = 0

  constructor(authority: TestAuthority) {
    this.authority = authority
  }

  static async start(authority?: TestAuthority): Promise<TestServer> {
    const server = new TestServer(authority ?? (await createAuthority()))
    await server.listen()
    return server
  }

  get token(): string {
    return formatEnrolmentToken({
      server: `https://127.0.0.1:${this.port}`,
      authorityFingerprint: this.authority.fingerprint,
      secret: this.#secret,
    })
  }
  get events(): Event[] {
    return this.batches.flatMap((batch) => batch.events)
  }
  get connections(): number {
    return this.#sockets.size
  }

  /** Listens, on the same port as before when there was one. */
  async listen(): Promise<void> {
    const { cert, key } = await this.authority.server()
    const http = createServer({ cert, key, ca: this.authority.pem, requestCert: true, rejectUnauthorized: false })
    http.on('request', (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', async () => {
        const body = JSON.parse(Buffer.concat(chunks).toString())
        const isRenewal = request.url === '/renew' && (request.socket as TLSSocket).authorized
        if (!isRenewal && (request.url !== '/enrol' || body.token !== this.token))
          return response.writeHead(403).end(JSON.stringify({ code: 'enrolment.bad-token', message: 'unknown token' }))
        const certificate = await this.authority.agent(body.certificateRequest, this.assetId)
        const server = `wss://127.0.0.1:${this.port}/agent`
        response.end(JSON.stringify({ assetId: this.assetId, certificate, authority: this.authority.pem, server }))
      })
    })
    const sockets = new WebSocketServer({ server: http, path: '/agent', maxPayload: 16 * 1024 * 1024 })
    sockets.on('connection', (socket, request) => {
      if (!(request.socket as TLSSocket).authorized) return socket.terminate()
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
      let hello: Hello | undefined
      socket.on('message', (data: Buffer) => {
        const parsed = agentMessage.safeParse(unpackr.unpack(data))
        if (!parsed.success) return this.faults.push(parsed.error.message)
        const message = parsed.data
        if (message.type === 'hello') {
          hello = message
          this.hellos.push(message)
          const acknowledged = this.#stored.get(message.spoolId) ?? 0
          const { assetId, heartbeatMs, policy } = this
          this.send({ type: 'welcome', assetId, acknowledged, heartbeatMs, policy }, socket)
        } else if (message.type === 'health') this.health.push(message)
        else if (message.type === 'stopping') this.stopping.push(message.reason)
        else if (message.type === 'task-result') this.results.push(message)
        else if (message.type === 'task-data') this.data.push(message)
        else if (message.type === 'inventory') this.inventory.push(message)
        else if (hello !== undefined) this.#store(message, hello, socket)
      })
    })
    await new Promise<void>((resolve) => http.listen(this.port, '127.0.0.1', resolve))
    this.port = (http.address() as AddressInfo).port
    this.#http = http
  }

  /** Results of tasks as they came, repeats included, and pieces of files. */
  readonly results: Extract<AgentMessage, { type: 'task-result' }>[] = []
  readonly inventory: Extract<AgentMessage, { type: 'inventory' }>[] = []
  readonly data: Extract<AgentMessage, { type: 'task-data' }>[] = []

  #store(batch: Extract<AgentMessage, { type: 'batch' }>, hello: Hello, socket: WebSocket): void {
    const { sequence } = batch
    if (sequence <= (this.#stored.get(hello.spoolId) ?? 0)) this.repeated++
    else if (!this.validating) {
      this.received += batch.events
      this.receivedBytes += batch.payload.length
      this.#stored.set(hello.spoolId, sequence)
      if (this.received < 1_000 || sequence % 16 === 0) {
        const events = unpackr.unpack(zstdDecompressSync(batch.payload)) as Event[]
        for (const { at } of events.slice(-1)) this.delays.push(Date.now() - at)
      }
    } else {
      const events = unpackr.unpack(zstdDecompressSync(batch.payload)) as unknown[]
      if (events.length !== batch.events)
        this.faults.push(`batch ${sequence} says ${batch.events}, has ${events.length}`)
      for (const event of events) {
        const parsed = parseEvent(event)
        if (!parsed.ok) this.faults.push(`${parsed.issue.path}: ${parsed.issue.message}`)
      }
      this.#stored.set(hello.spoolId, sequence)
      this.batches.push({ sequence, events: events as Event[], at: Date.now() })
    }
    if (!this.acknowledging) return
    const answer = () => this.send({ type: 'acknowledge', sequence }, socket)
    if (this.acknowledgeMs === 0) answer()
    else setTimeout(answer, this.acknowledgeMs)
  }

  /** Sends a message, or any bytes, to one or all agents. */
  send(message: object | Buffer, socket?: WebSocket): void {
    for (const one of socket ? [socket] : this.#sockets)
      one.send(Buffer.isBuffer(message) ? message : packr.pack(message))
  }

  /** Goes away at once, as by kill -9. What was stored stays. */
  async vanish(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate()
    const http = this.#http
    this.#http = undefined
    if (http === undefined) return
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  }
}
