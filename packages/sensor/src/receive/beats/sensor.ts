/** Beats over Lumberjack version 2, plain or with TLS → events; a window is acknowledged when it is in the spool. */
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { createAuthDecoder } from '../../auth/decode.ts'
import { canonicalAddress, parseJson } from '../../draft.ts'
import { decodeJsonRecord } from '../../log/json-record.ts'
import { openStreamServer, type Receiver, type ReceiverSink } from '../receiver.ts'
import type { ReceiverSettings } from '../settings.ts'
import { tlsOptions } from '../syslog/sensor.ts'
import { acknowledgement, createBeatsReader } from './decode.ts'

/** While events wait for the spool the sender is told that it is not forgotten, ms. */
const keepAliveMs = 5000

/** A receiver of Beats. The sender keeps what is not acknowledged and sends it again: then events come twice, never not at all. */
export function createBeatsReceiver(settings: ReceiverSettings, sink: ReceiverSink): Receiver {
  const auth = createAuthDecoder()
  const serve = (socket: Socket) => {
    const sender = canonicalAddress(socket.remoteAddress ?? '') ?? ''
    let left = 0
    let complete: number[] = []
    const reader = createBeatsReader({
      window(size) {
        left = size
      },
      event(sequence, json) {
        const row = parseJson(json)
        const decoded = row === undefined ? undefined : decodeJsonRecord(row, { now: sink.now(), auth })
        if (decoded?.ok) sink.take(decoded.drafts, decoded.host, sender)
        else sink.lost('unparsed-message')
        if (--left <= 0) complete.push(sequence)
      },
    })
    let storing: Promise<void> = Promise.resolve()
    const storeWindows = (sequences: number[]) => {
      socket.pause()
      const alive = setInterval(() => socket.writable && socket.write(acknowledgement(0)), keepAliveMs)
      storing = storing
        .then(() => sink.stored())
        .then(() => {
          for (const sequence of sequences) if (socket.writable) socket.write(acknowledgement(sequence))
          socket.resume()
        })
        .finally(() => clearInterval(alive))
    }
    socket.on('data', (bytes) => {
      const reason = reader.feed(bytes)
      if (reason !== undefined) {
        sink.lost(reason)
        socket.destroy()
        return
      }
      if (complete.length === 0) return
      storeWindows(complete)
      complete = []
    })
    socket.on('error', () => {})
  }
  if (!settings.tls) return openStreamServer(createServer(serve), settings, sink.lost)
  const server = createTlsServer({ ...tlsOptions(settings), handshakeTimeout: 10_000 }, serve)
  server.on('tlsClientError', () => sink.lost('tls-refused'))
  return openStreamServer(server, settings, sink.lost)
}
