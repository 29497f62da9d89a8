/** HTTP: OTLP logs at `/v1/logs` (JSON, protobuf), JSON records at `/logs` (lines, arrays, one object) → events. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { createAuthDecoder } from '../../auth/decode.ts'
import { canonicalAddress, parseJson } from '../../draft.ts'
import { decodeJsonRecord } from '../../log/json-record.ts'
import {
  bodyLimit,
  createPace,
  openStreamServer,
  type Receiver,
  type ReceiverSink,
  recordsPerSecond,
} from '../receiver.ts'
import type { ReceiverSettings } from '../settings.ts'
import { tlsOptions } from '../syslog/sensor.ts'
import { otlpJsonRecords, otlpProtobufRecords } from './otlp.ts'

const unpack = promisify(gunzip)
/** Requests whose bodies are held at once. */
const requestsLimit = 8

/** Why a request is not taken. */
class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A receiver of HTTP. It answers when the events are in the spool. */
export function createHttpReceiver(settings: ReceiverSettings, sink: ReceiverSink): Receiver {
  const auth = createAuthDecoder()
  const pace = createPace(recordsPerSecond, sink.now)
  let open = 0

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?', 1)[0]
    if (path !== '/v1/logs' && path !== '/logs') throw new Refusal(404, 'send OTLP to /v1/logs and JSON to /logs')
    if (request.method !== 'POST') throw new Refusal(405, 'use POST')
    if (!mayPass(request.headers.authorization, settings.tokenSha256)) {
      sink.lost('wrong-token')
      throw new Refusal(401, 'this needs the bearer token of the receiver')
    }
    if (open >= requestsLimit) throw new Refusal(503, 'too many requests at once; try again')
    open++
    try {
      const body = await readBody(request)
      const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
      const isProtobuf = path === '/v1/logs' && type === 'application/x-protobuf'
      const records =
        path === '/logs'
          ? jsonRecords(body.toString('utf8'))
          : isProtobuf
            ? otlpProtobufRecords(body)
            : otlpJsonRecords(body.toString('utf8'))
      if (!records) {
        sink.lost('unparsed-message')
        throw new Refusal(400, 'the body is not what its address and content type say')
      }
      if (records.length > recordsPerSecond || !pace.allows(records.length))
        throw new Refusal(429, 'too many records; send again later')
      const sender = canonicalAddress(request.socket.remoteAddress ?? '') ?? ''
      let rejected = 0
      for (const record of records) {
        const decoded = record === undefined ? undefined : decodeJsonRecord(record, { now: sink.now(), auth })
        if (!decoded?.ok) sink.lost('unparsed-message')
        if (!decoded?.ok || !sink.take(decoded.drafts, decoded.host, sender)) rejected++
      }
      await sink.stored()
      if (isProtobuf) {
        response.writeHead(200, { 'content-type': 'application/x-protobuf' })
        // ExportLogsServiceResponse { partial_success { rejected_log_records } }
        response.end(rejected === 0 ? Buffer.alloc(0) : partialSuccess(rejected))
      } else {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(rejected === 0 ? {} : { partialSuccess: { rejectedLogRecords: `${rejected}` } }))
      }
    } finally {
      open--
    }
  }
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch((error: unknown) => {
      const status = error instanceof Refusal ? error.status : 500
      if (status === 413) sink.lost('message-too-long')
      if (response.headersSent) return response.destroy()
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
      response.end(JSON.stringify({ message: error instanceof Error ? error.message : 'failed' }))
    })
  }
  const limits = { requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16_384 }
  const server = settings.tls
    ? createTlsServer({ ...tlsOptions(settings), ...limits }, serve)
    : createServer(limits, serve)
  return openStreamServer(server, settings, sink.lost)
}

function mayPass(header: string | undefined, wanted: string | undefined): boolean {
  if (wanted === undefined) return true
  const token = /^Bearer (\S{1,512})$/i.exec(header ?? '')?.[1]
  const found = createHash('sha256')
    .update(token ?? '')
    .digest()
  return timingSafeEqual(found, Buffer.from(wanted, 'hex')) && token !== undefined
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request) {
    size += (piece as Buffer).length
    if (size > bodyLimit) throw new Refusal(413, `the body is longer than ${bodyLimit} bytes`)
    pieces.push(piece as Buffer)
  }
  const body = Buffer.concat(pieces)
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return body
  if (encoding !== 'gzip') throw new Refusal(415, 'only gzip is understood')
  return unpack(body, { maxOutputLength: bodyLimit }).catch(() => {
    throw new Refusal(413, 'the body cannot be unpacked or is too long')
  })
}

/** Records of a body: an array, one object, or a line each; undefined for a line that is none. */
export function jsonRecords(text: string): (unknown | undefined)[] | undefined {
  const start = text.trimStart()
  if (start.startsWith('[')) {
    const value = parseJson(text)
    return Array.isArray(value) ? value : undefined
  }
  if (!start.startsWith('{')) return undefined
  const whole = parseJson(text)
  if (whole !== undefined) return [whole]
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseJson(line))
}

function partialSuccess(rejected: number): Buffer {
  const bytes: number[] = []
  for (let rest = rejected; ; rest >>>= 7) {
    if (rest < 128) {
      bytes.push(rest)
      break
    }
    bytes.push((rest & 127) | 128)
  }
  return Buffer.from([0x0a, bytes.length + 1, 0x08, ...bytes])
}
