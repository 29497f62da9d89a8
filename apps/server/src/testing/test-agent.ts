/** An agent at the level of the protocol, for tests: enrols, connects, sends batches, sees acknowledgements. */
import 'reflect-metadata'
import { once } from 'node:events'
import { request } from 'node:https'
import { zstdCompressSync } from 'node:zlib'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'
import { type AgentMessage, type EnrolmentAnswer, parseEnrolmentToken, type ServerMessage } from '@rampart/api'
import { Packr, pack, unpack } from 'msgpackr'
import { WebSocket } from 'ws'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const packr = new Packr({ useRecords: false })

export interface Enrolment extends EnrolmentAnswer {
  key: string
}

/** One POST to the agent port. */
export function post(
  url: string,
  body: unknown,
  client: { cert?: string; key?: string } = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', rejectUnauthorized: false, agent: false, ...client }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
    })
    call.on('error', reject)
    call.end(JSON.stringify(body))
  })
}

/** Makes a key and a PKCS#10 request. */
export async function makeRequest(name = 'whatever'): Promise<{ key: string; certificateRequest: string }> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const csr = await Pkcs10CertificateRequestGenerator.create({ name: `CN=${name}`, keys, signingAlgorithm: algorithm })
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`,
    certificateRequest: csr.toString('pem'),
  }
}

export async function enrolAgent(
  token: string,
  machineId = `machine-${Math.random()}`,
  name = 'web-1',
): Promise<Enrolment> {
  const parsed = parseEnrolmentToken(token)
  if (!parsed.ok) throw new Error(parsed.message)
  const { key, certificateRequest } = await makeRequest()
  const answer = await post(`${parsed.token.server}/enrol`, { token, certificateRequest, host: { name, machineId } })
  if (answer.status !== 200) throw new Error(JSON.stringify(answer))
  return { ...(answer.body as unknown as EnrolmentAnswer), key }
}

export class TestAgent {
  readonly enrolment: Enrolment
  readonly spoolId: string
  readonly name: string
  readonly received: ServerMessage[] = []
  acknowledged = 0
  closeCode: number | null = null
  #socket: WebSocket | null = null
  #waiting: (() => void)[] = []

  constructor(enrolment: Enrolment, spoolId = 'spool-1', name = 'web-1') {
    this.enrolment = enrolment
    this.spoolId = spoolId
    this.name = name
  }

  /** Opens the connection and, unless told otherwise, says hello and waits for the welcome. Rejects when refused. */
  async connect(hello = true, over: { bootId?: string; machineId?: string } = {}): Promise<void> {
    const { certificate, key, authority, server } = this.enrolment
    const socket = new WebSocket(server, { cert: certificate, key, ca: authority, perMessageDeflate: false })
    this.#socket = socket
    this.closeCode = null
    socket.on('message', (data: Buffer) => this.#take(unpack(data) as ServerMessage))
    socket.on('close', (code) => {
      if (this.#socket !== socket) return
      this.closeCode = code
      this.#wake()
    })
    await once(socket, 'open')
    socket.on('error', () => {})
    if (!hello) return
    const before = this.received.length
    this.send({
      type: 'hello',
      protocol: 1,
      agentVersion: '0.1.0',
      bootId: 'boot-1',
      spoolId: this.spoolId,
      host: { name: this.name, addresses: ['192.0.2.10'], operatingSystem: 'Debian 12', kernel: '6.1' },
      ...over,
    })
    await this.until(() => this.received.slice(before).some((message) => message.type === 'welcome'))
  }

  #take(message: ServerMessage): void {
    this.received.push(message)
    if (message.type === 'welcome') this.acknowledged = message.acknowledged
    if (message.type === 'acknowledge') this.acknowledged = Math.max(this.acknowledged, message.sequence)
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Waits until the condition holds; rejects after `limitMs` or when the connection is gone. */
  async until(condition: () => boolean, limitMs = 10_000): Promise<void> {
    const end = Date.now() + limitMs
    while (!condition()) {
      if (this.closeCode !== null) throw new Error(`closed with ${this.closeCode}`)
      const left = end - Date.now()
      if (left <= 0) throw new Error('timed out')
      let clock: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
        clock = setTimeout(resolve, left)
      })
      clearTimeout(clock)
    }
  }

  send(message: AgentMessage): void {
    this.#socket?.send(pack(message))
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket?.send(bytes)
  }

  sendBatch(sequence: number, events: readonly unknown[]): void {
    this.send({ type: 'batch', sequence, events: events.length, payload: zstdCompressSync(packr.pack(events)) })
  }

  /** Sends and waits until it is acknowledged. */
  async deliver(sequence: number, events: readonly unknown[]): Promise<void> {
    this.sendBatch(sequence, events)
    await this.until(() => this.acknowledged >= sequence)
  }

  health(over: Partial<Extract<AgentMessage, { type: 'health' }>> = {}): void {
    this.send({
      type: 'health',
      at: Date.now(),
      sensors: [],
      spool: { events: 0, bytes: 0, dropped: {} },
      resources: { rssBytes: 1, cpuFraction: 0 },
      ...over,
    })
  }

  async closed(limitMs = 5000): Promise<number> {
    await this.until(() => this.closeCode !== null, limitMs).catch(() => {})
    return this.closeCode ?? 0
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#socket?.terminate()
  }

  /** An event of this agent's asset. */
  event(sequence: number, type: string, fields: Record<string, unknown>): Record<string, unknown> {
    const { assetId } = this.enrolment
    return {
      schema: 1,
      id: `${assetId}/boot-1/${sequence}`,
      type,
      at: Date.now(),
      asset: { id: assetId, name: this.name, kind: 'host' },
      sensor: 'test',
      ...fields,
    }
  }

  /** A process start: `commandLine` decides whether a model holds. */
  started(sequence: number, commandLine: string, pid = 4242, executable = '/bin/bash'): Record<string, unknown> {
    return this.event(sequence, 'process.started', {
      user: { id: 0, name: 'root' },
      process: {
        pid,
        entityId: `boot-1-${pid}-${sequence}`,
        executable,
        name: 'bash',
        commandLine,
        parent: { pid: 400, entityId: 'boot-1-400-1', executable: '/usr/sbin/sshd', name: 'sshd' },
        ancestors: [
          { pid: 400, entityId: 'boot-1-400-1', executable: '/usr/sbin/sshd', name: 'sshd' },
          { pid: 1, entityId: 'boot-1-1-1', executable: '/usr/lib/systemd/systemd', name: 'systemd' },
        ],
      },
    })
  }
}
