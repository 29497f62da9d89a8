/**
 * One WebSocket to the server over mutual TLS: messages out, validated messages in. Says when it opened and why it closed; a
 * half-open connection is noticed by unanswered pings within 15 seconds.
 */
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { AgentMessage, ServerMessage } from '@rampart/api'
import { type ClientOptions, WebSocket } from 'ws'
import { encode } from '../msgpack.ts'
import { maxMessageBytes, parseServerMessage } from './server-message.ts'

export interface ConnectionOptions {
  /** wss URL of the agent port. */
  url: string
  /** The authority of the installation, PEM: the only one believed. */
  authority: string
  certificate: string
  key: string
  onOpen(): void
  onMessage(message: ServerMessage): void
  /** Called once, whether or not it ever opened. `code` is the WebSocket's close code; 401 when the certificate was not accepted. */
  onClose(reason: string, code: number): void
}
export interface Connection {
  /** Resolves when the message left this process, or the connection is gone. */
  send(message: AgentMessage): Promise<void>
  /** Ends in good order, cut after a second; `onClose` is told this reason. */
  close(reason: string): void
}

const tickMs = 2_000
const pingEveryTicks = 2
/** Longer than the server's own pings are apart: they are signs of life too. */
const silenceLimitMs = 12_500
const serverAuthentication = '1.3.6.1.5.5.7.3.1'

export function connect(options: ConnectionOptions): Connection {
  const socket = new WebSocket(options.url, {
    ca: options.authority,
    cert: options.certificate,
    key: options.key,
    minVersion: 'TLSv1.3',
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handshakeTimeout: 10_000,
    followRedirects: false,
    // Its types are older than Node's: what is returned is the error, as tls.connect documents.
    checkServerIdentity: checkIdentity as unknown as NonNullable<ClientOptions['checkServerIdentity']>,
  })
  let heardAt = performance.now()
  let ticks = 0
  let closed = false
  let closing = false
  let refused = false
  let reason = 'the server closed the connection'
  const heard = () => {
    heardAt = performance.now()
  }
  const watch = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return
    if (performance.now() - heardAt > silenceLimitMs) {
      reason = `nothing came from the server for ${silenceLimitMs / 1000} s, pings included`
      socket.terminate()
    } else if (ticks++ % pingEveryTicks === 0) socket.ping()
  }, tickMs)
  const close = (why: string) => {
    if (closing) return
    closing = true
    reason = why
    socket.close(1000)
    setTimeout(() => socket.terminate(), 1000).unref()
  }

  socket.on('open', () => {
    heard()
    options.onOpen()
  })
  socket.on('pong', heard)
  socket.on('ping', heard)
  socket.on('message', (data, isBinary) => {
    heard()
    const message = isBinary && Buffer.isBuffer(data) ? parseServerMessage(data) : undefined
    if (closing) return
    if (message !== undefined) options.onMessage(message)
    else close('the server sent a message that is not of the protocol')
  })
  socket.on('error', (error) => {
    refused = /Unexpected server response: 40[13]/.test(error.message)
    reason = refused
      ? 'the server does not accept the certificate of this agent (taken back or expired): enrol this host again'
      : error.message
  })
  socket.on('close', (code, text) => {
    const said = text.toString('utf8').slice(0, 200)
    if (closed) return
    closed = true
    clearInterval(watch)
    const known = closing || refused || code === 1006
    options.onClose(known ? reason : `closed by the server: ${code} ${said}`.trim(), refused ? 401 : code)
  })

  return {
    send: (message) =>
      new Promise((resolve) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(encode(message), { binary: true }, () => resolve())
        else resolve()
      }),
    close,
  }
}

/** Client certificates come from the same authority, so the name alone is not enough: it has to be a server's certificate. */
function checkIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  if (!(certificate.ext_key_usage ?? []).includes(serverAuthentication))
    return new Error('the certificate that the server shows is not one of a server')
  return checkServerIdentity(host, certificate)
}
