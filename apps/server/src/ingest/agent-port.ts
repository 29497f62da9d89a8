/** The port of agents: enrolment over TLS, everything else over a WebSocket for which the certificate says who speaks. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { isDiskFull } from '@rampart/alert'
import { agentSocketPath, closeCodes, enrolmentPath, maxMessageBytes, renewalPath, uninstallPath } from '@rampart/api'
import { type WebSocket, WebSocketServer } from 'ws'
import { ok, type Result } from '../errors.ts'
import { type ListenAddress, listenError } from '../listen-address.ts'
import type { Agents } from '../store/agents.ts'
import { Throttle, throttleKey } from '../throttle.ts'
import { AgentConnection, type ConnectionParts } from './agent-connection.ts'
import type { AgentDownloads } from './agent-downloads.ts'
import type { KeyPair } from './authority.ts'
import type { EnrolmentRefused } from './enrolment.ts'

export interface AgentPortParts {
  tls: KeyPair
  authority: string
  agents: Agents
  /** What a connection of this asset needs; `tookOver`: it ends another one that was alive. */
  connection: (assetId: string, tookOver: boolean) => ConnectionParts
  enrol: (body: unknown, host: string, address: string) => Promise<Result<unknown, EnrolmentRefused>>
  renew: (assetId: string, body: unknown, host: string, address: string) => Promise<Result<unknown, EnrolmentRefused>>
  /** Takes an uninstall token, or how the removal for a task ended; false when it is not good for this asset. */
  uninstall: (assetId: string, body: unknown, address: string) => boolean
  downloads: AgentDownloads
  now: () => number
}

export interface AgentPort {
  address: ListenAddress
  connections: ReadonlyMap<string, AgentConnection>
  /** Ends the connection of an asset whose certificate was taken back. */
  disconnect(assetId: string, code: number, reason: string): void
  /** Takes no more connections and ends those there are. */
  close(): Promise<void>
}

const bodyMax = 64 * 1024
const connectionsMax = 20_000
/** Certificates can be taken back in the database too, by a command beside this process. */
const revocationCheckMs = 5_000
/** Enrolments that may fail from one address. */
const enrolments = { tries: 20, windowMs: 60_000 }

export async function openAgentPort(address: ListenAddress, parts: AgentPortParts): Promise<Result<AgentPort>> {
  const connections = new Map<string, AgentConnection>()
  const throttle = new Throttle(enrolments.tries, enrolments.windowMs)
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false })
  const server = createServer({
    cert: parts.tls.certificate,
    key: parts.tls.key,
    ca: parts.authority,
    requestCert: true,
    // Whether a certificate is needed depends on the path: an agent that enrols has none yet.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
    handshakeTimeout: 10_000,
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    keepAliveTimeout: 5_000,
    maxHeaderSize: 16 * 1024,
  })
  server.maxConnections = connectionsMax
  server.on('request', (request, response) => {
    answer(request, response, parts, throttle).catch((error) => {
      // A full disk, or a fault of ours: the agent tries again.
      const text = isDiskFull(error) ? 'The disk of the server is full. Try again later.' : 'The server failed.'
      response.writeHead(503, { connection: 'close' }).end(JSON.stringify({ code: 'server.failed', message: text }))
    })
  })
  server.on('upgrade', (request, socket, head) => {
    const assetId = request.url === agentSocketPath ? certified(socket as TLSSocket, parts.agents) : null
    if (assetId === null) return refuseUpgrade(socket)
    sockets.handleUpgrade(request, socket, head, (webSocket) => accept(assetId, webSocket))
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())

  function accept(assetId: string, socket: WebSocket): void {
    const earlier = connections.get(assetId)
    const connectionParts = parts.connection(assetId, earlier?.isAlive ?? false)
    const connection: AgentConnection = new AgentConnection(assetId, socket, {
      ...connectionParts,
      onClose: (stopped) => {
        // An agent that came back before its old connection was found dead is still here.
        if (connections.get(assetId) !== connection) return
        connections.delete(assetId)
        connectionParts.onClose(stopped)
      },
    })
    connections.set(assetId, connection)
    earlier?.close(closeCodes.replaced, 'another connection with this certificate took over')
  }

  const opened = await listen(server, address)
  if (!opened.ok) return opened
  const revocations = setInterval(() => {
    for (const [assetId, connection] of connections)
      if (!parts.agents.hasCertificate(assetId))
        connection.close(closeCodes.revoked, 'the certificate of this agent was taken back')
  }, revocationCheckMs)
  revocations.unref()
  return ok({
    address: opened.value,
    connections,
    disconnect: (assetId, code, reason) => connections.get(assetId)?.close(code, reason),
    close: async () => {
      clearInterval(revocations)
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const connection of connections.values()) connection.close(closeCodes.stopping, 'the server stops')
      setTimeout(() => server.closeAllConnections(), 1500).unref()
      server.closeIdleConnections()
      await closed
    },
  })
}

/** Opens a port and says which one it is. */
function listen(server: Server, address: ListenAddress): Promise<Result<ListenAddress>> {
  return new Promise((resolve) => {
    server.once('error', (cause) => resolve({ ok: false, error: listenError(address, '--agent-listen', cause) }))
    server.listen(address.port, address.host, () => {
      const bound = server.address()
      resolve(ok({ host: address.host, port: typeof bound === 'object' && bound ? bound.port : address.port }))
    })
  })
}

/** The asset of the certificate, or null when it is not ours, expired, or was taken back. */
function certified(socket: TLSSocket, agents: Agents): string | null {
  if (!socket.authorized) return null
  const certificate = socket.getPeerCertificate()
  const assetId = certificate?.subject?.CN
  if (typeof assetId !== 'string') return null
  return agents.isCertificateGood(certificate.serialNumber.toLowerCase(), assetId) ? assetId : null
}

function refuseUpgrade(socket: Duplex): void {
  socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: AgentPortParts,
  throttle: Throttle,
): Promise<void> {
  const send = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body))
  }
  const known = knownHost(request.headers.host)
  if (known !== null && (await parts.downloads.answer(request, response, known))) return
  const renewing = request.url === renewalPath
  const uninstalling = request.url === uninstallPath
  if (request.method !== 'POST' || !(renewing || uninstalling || request.url === enrolmentPath))
    return send(404, {
      code: 'request.not-found',
      message: 'This is the port of agents. The console is on another one.',
    })
  const address = request.socket.remoteAddress ?? ''
  const from = throttleKey(address)
  if (throttle.waitMs(from, performance.now()) > 0)
    return send(429, {
      code: 'request.too-many',
      message: 'Too many failed enrolments from this address. Wait a minute.',
    })
  const body = await readBody(request)
  const failed = (status: number, error: EnrolmentRefused) => {
    throttle.note(from, performance.now())
    send(status, error)
  }
  if (body === null || known === null)
    return failed(400, {
      code: 'enrolment.invalid-body',
      message: 'The request is not what an agent of this version sends.',
    })
  const assetId = renewing || uninstalling ? certified(request.socket as TLSSocket, parts.agents) : null
  if ((renewing || uninstalling) && assetId === null)
    return failed(401, {
      code: 'enrolment.no-certificate',
      message: 'This needs the certificate of an enrolled agent.',
    })
  if (uninstalling && assetId !== null) {
    if (parts.uninstall(assetId, body, address)) return send(200, { ok: true })
    return failed(403, {
      code: 'enrolment.bad-token',
      message: 'The uninstall token is unknown, used, expired, or for another server. Make a new one in the console.',
    })
  }
  const result =
    assetId === null ? await parts.enrol(body, known, address) : await parts.renew(assetId, body, known, address)
  if (result.ok) send(200, result.value)
  else failed(result.error.code === 'enrolment.bad-token' ? 403 : 400, result.error)
}

/** The Host header when it holds nothing but a name and a port: it goes into addresses and a script. */
function knownHost(host: string | undefined): string | null {
  return host !== undefined && /^[\w.:[\]-]{1,255}$/.test(host) ? host : null
}

/** JSON of a bounded body; null for anything else. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request) {
      bytes += (chunk as Buffer).length
      if (bytes > bodyMax) return null
      chunks.push(chunk as Buffer)
    }
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown
  } catch {
    return null
  }
}
