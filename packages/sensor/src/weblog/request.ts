/** The fields a web server logged → one `web.requested`. Shared by all access log formats. */
import { clip, type EventDraft, endpointOf } from '../draft.ts'
import { splitTarget } from './decoded.ts'

/** One logged request; everything as text. `-` and empty mean absent. */
export interface LoggedRequest {
  at: number
  client: string
  clientPort?: string
  method: string
  url: string
  protocol?: string
  status: string
  bytes?: string
  userAgent?: string
  referrer?: string
  host?: string
  username?: string
  xForwardedFor?: string
}

const limit = 65_536
const given = (text: string | undefined, most: number) =>
  text === undefined || text === '' || text === '-' ? undefined : clip(text, most)

/** Builds the event, cutting every field to what the schema allows. */
export function webRequest(request: LoggedRequest, path?: string): EventDraft {
  const url = clip(request.url, limit)
  const target = splitTarget(url)
  const status = /^\d{1,4}$/.test(request.status) ? Number(request.status) : 0
  const bytes = request.bytes !== undefined && /^\d{1,15}$/.test(request.bytes) ? Number(request.bytes) : undefined
  const web: Extract<EventDraft, { type: 'web.requested' }>['web'] = {
    method: clip(request.method, 32),
    url,
    path: clip(target.path, limit),
    query: target.query,
    decoded: clip(target.decoded, limit),
    status,
  }
  if (bytes !== undefined) web.responseBytes = bytes
  const optional = [
    ['userAgent', given(request.userAgent, 8192)],
    ['referrer', given(request.referrer, 8192)],
    ['host', given(request.host, 512)],
    ['protocol', given(request.protocol, 32)],
    ['username', given(request.username, 256)],
    ['xForwardedFor', given(request.xForwardedFor, 512)],
  ] as const
  for (const [key, value] of optional) if (value !== undefined) web[key] = value
  return {
    type: 'web.requested',
    at: request.at,
    source: endpointOf(request.client, request.clientPort) ?? {},
    web,
    ...(path === undefined ? {} : { log: { path: clip(path, 8192) } }),
  }
}

/**
 * Splits a request line. A line without a method (a TLS hello on a plain port, a bare path) has the method `-` and
 * the whole text as its target, so that nothing hostile is lost.
 */
export function splitRequestLine(line: string): { method: string; url: string; protocol?: string } {
  const first = line.indexOf(' ')
  const method = first > 0 && first <= 32 ? line.slice(0, first) : ''
  if (!/^[A-Za-z_!#$%&'*+.^`|~-]+$/.test(method)) return { method: '-', url: line }
  const last = line.lastIndexOf(' ')
  const protocol = last > first ? line.slice(last + 1) : ''
  if (!/^[A-Za-z]+\/\d/.test(protocol)) return { method, url: line.slice(first + 1) }
  return { method, url: line.slice(first + 1, last), protocol }
}
