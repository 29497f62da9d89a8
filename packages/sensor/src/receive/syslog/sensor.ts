/** Syslog over UDP, TCP and TLS (RFC 3164, 5424, 5425, 6587) → events. */
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { createAuthDecoder } from '../../auth/decode.ts'
import { canonicalAddress, trimEndOf } from '../../draft.ts'
import {
  createGate,
  createPace,
  openStreamServer,
  type Receiver,
  type ReceiverSink,
  recordsPerSecond,
} from '../receiver.ts'
import { type ReceiverSettings, splitListen } from '../settings.ts'
import { createSyslogFrames, decodeSyslogMessage, messageEnd } from './decode.ts'

/** Messages of one connection that may wait to be stored; beyond it the sender is held back. */
const unstoredLimit = 1000

/** A receiver of syslog. UDP has no way to hold a sender back: what is too much is counted as lost. */
export function createSyslogReceiver(settings: ReceiverSettings, sink: ReceiverSink): Receiver {
  const auth = createAuthDecoder()
  const pace = createPace(recordsPerSecond, sink.now)
  const take = (text: string, truncated: boolean, sender: string) => {
    const message = decodeSyslogMessage(text, truncated, { now: sink.now(), auth })
    if (message) sink.take(message.drafts, message.host, sender)
    else sink.lost('unparsed-message')
  }
  if (settings.kind === 'syslog-udp') return udpReceiver(settings, sink, take, pace)

  const serve = (socket: Socket) => {
    const sender = canonicalAddress(socket.remoteAddress ?? '') ?? ''
    let unstored = 0
    const frames = createSyslogFrames((text, truncated) => {
      unstored++
      if (pace.allows()) take(text, truncated, sender)
      else sink.lost('rate-limited')
    })
    socket.on('data', (bytes) => {
      frames.feed(bytes)
      if (unstored < unstoredLimit) return
      unstored = 0
      socket.pause()
      void sink.stored().then(() => socket.resume())
    })
    socket.once('close', () => frames.end())
    socket.on('error', () => {})
  }
  if (settings.kind === 'syslog-tcp') return openStreamServer(createServer(serve), settings, sink.lost)
  const server = createTlsServer({ ...tlsOptions(settings), handshakeTimeout: 10_000 }, serve)
  server.on('tlsClientError', () => sink.lost('tls-refused'))
  return openStreamServer(server, settings, sink.lost)
}

/** Certificate and key of a receiver. Throws when they cannot be read. */
export function tlsOptions({ tls }: ReceiverSettings) {
  if (!tls) throw new Error('TLS needs a certificate and a key')
  const authority = tls.clientAuthority
  return {
    cert: readFileSync(tls.certificate),
    key: readFileSync(tls.key),
    minVersion: 'TLSv1.2' as const,
    ...(authority === undefined ? {} : { ca: readFileSync(authority), requestCert: true, rejectUnauthorized: true }),
  }
}

function udpReceiver(
  settings: ReceiverSettings,
  sink: ReceiverSink,
  take: (text: string, truncated: boolean, sender: string) => void,
  pace: ReturnType<typeof createPace>,
): Receiver {
  const place = splitListen(settings.listen)
  const allows = createGate(settings)
  const socket = createSocket({ type: place?.host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1_048_576 })
  socket.on('message', (bytes, { address }) => {
    if (!allows(address)) return sink.lost('sender-not-allowed')
    if (!pace.allows()) return sink.lost('rate-limited')
    const text = trimEndOf(bytes.toString('utf8'), messageEnd)
    if (text !== '') take(text, false, canonicalAddress(address) ?? '')
  })
  return {
    start: () =>
      new Promise((resolve, reject) => {
        socket.once('error', reject)
        socket.bind(place?.port, place?.host, () => {
          socket.off('error', reject)
          socket.on('error', () => sink.lost('socket-error'))
          resolve(socket.address().port)
        })
      }),
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}
