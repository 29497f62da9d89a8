/** One JSON access log record (nginx and Apache JSON formats, Caddy, Traefik, Envoy, ECS) → request. */
import { isoInstant } from '../log/syslog.ts'
import { type LoggedRequest, splitRequestLine } from './request.ts'

type Row = Record<string, unknown>

/** Names under which servers and common configurations log each field, tried in order; a dot goes one level down. */
const names = {
  client: [
    ...['remote_addr', 'remoteAddr', 'remote_ip', 'client_ip', 'clientip', 'clientIp', 'ClientHost', 'ClientAddr'],
    ...['request.client_ip', 'request.remote_ip', 'client.ip', 'client.address', 'source.ip', 'source.address'],
    ...['downstream_remote_address', 'remote_host', 'remoteIP', 'c-ip', 'ip', 'client'],
  ],
  method: ['request_method', 'method', 'http_method', 'RequestMethod', 'request.method', 'http.request.method', 'verb'],
  url: [
    ...['request_uri', 'requestURI', 'uri', 'url', 'RequestPath', 'request.uri', 'request.url', 'url.original'],
    ...['url.path', 'path', 'request_path', 'target'],
  ],
  line: ['request', 'request_line', 'requestLine'],
  query: ['args', 'query_string', 'query', 'url.query'],
  protocol: ['server_protocol', 'protocol', 'RequestProtocol', 'request.proto', 'http_version'],
  status: [
    ...['status', 'status_code', 'statusCode', 'DownstreamStatus', 'OriginStatus', 'response_code'],
    ...['http.response.status_code', 'response', 'response.status', 'http_status', 'code'],
  ],
  bytes: [
    ...['body_bytes_sent', 'bytes_sent', 'DownstreamContentSize', 'size', 'bytes', 'response_size'],
    ...['http.response.body.bytes', 'responseSize'],
  ],
  userAgent: [
    ...['http_user_agent', 'user_agent', 'userAgent', 'agent', 'request_User-Agent', 'request.headers.User-Agent'],
    ...['user_agent.original', 'request.headers.user-agent', 'http_user-agent'],
  ],
  referrer: [
    ...['http_referer', 'http_referrer', 'referer', 'referrer', 'request_Referer', 'request.headers.Referer'],
    ...['http.request.referrer'],
  ],
  host: [
    ...['http_host', 'RequestHost', 'request.host', 'authority', 'vhost', 'virtual_host', 'server_name', 'url.domain'],
    ...['host'],
  ],
  username: ['remote_user', 'ClientUsername', 'user_id', 'user.name', 'user'],
  xForwardedFor: [
    'http_x_forwarded_for',
    'x_forwarded_for',
    'xff',
    'request_X-Forwarded-For',
    'request.headers.X-Forwarded-For',
  ],
  time: [
    ...['time_iso8601', '@timestamp', 'StartUTC', 'start_time', 'timestamp', 'time', 'ts', 'msec', 'datetime', 'date'],
    ...['time_local', 'StartLocal'],
  ],
} as const

function lookUp(row: Row, path: string): unknown {
  const direct = row[path]
  if (direct !== undefined || !path.includes('.')) return direct
  let at: unknown = row
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return undefined
    at = (at as Row)[key]
  }
  return at
}

/** The first of the names that holds text or a number; of a list, its first element. */
function pick(row: Row, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    let value = lookUp(row, path)
    if (Array.isArray(value)) value = value[0]
    if (typeof value === 'string' && value !== '') return value
    if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  }
  return undefined
}

const clf = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ?([+-]\d{4})$/

/** Seconds, milliseconds, microseconds or nanoseconds since the epoch (by size), ISO 8601, or the CLF form. */
export function looseInstant(text: string): number | undefined {
  if (/^\d{9,19}(?:\.\d{1,9})?$/.test(text)) {
    const value = Number(text)
    if (value < 1e11) return value * 1000
    if (value < 1e14) return value
    return value < 1e17 ? value / 1e3 : value / 1e6
  }
  const parts = clf.exec(text)
  if (parts) {
    const at = Date.parse(`${parts[1]} ${parts[2]} ${parts[3]} ${parts[4]} ${parts[5]}`)
    return Number.isNaN(at) || at < 0 ? undefined : at
  }
  return isoInstant(text, 'utc')
}

/** Decodes one record, or returns undefined when it has no request, client or time. Never throws. */
export function parseJsonRequest(row: Row): LoggedRequest | undefined {
  const time = pick(row, names.time)
  const at = time === undefined ? undefined : looseInstant(time)
  const client = pick(row, names.client)
  if (at === undefined || client === undefined) return undefined
  const line = pick(row, names.line)
  let url = pick(row, names.url)
  const split = line === undefined ? undefined : splitRequestLine(line)
  url = split && split.method !== '-' ? split.url : (url ?? split?.url)
  if (url === undefined) return undefined
  const query = pick(row, names.query)
  if (query !== undefined && query !== '-' && !url.includes('?')) url += `?${query.replace(/^\?/, '')}`
  const end = clientEnd(client)
  return {
    at,
    client: end.host,
    clientPort: end.port ?? pick(row, ['remote_port', 'request.remote_port', 'ClientPort']),
    method: (split && split.method !== '-' ? split.method : pick(row, names.method)) ?? '-',
    url,
    protocol: split?.protocol ?? pick(row, names.protocol),
    status: pick(row, names.status) ?? '',
    bytes: pick(row, names.bytes),
    userAgent: pick(row, names.userAgent),
    referrer: pick(row, names.referrer),
    host: pick(row, names.host),
    username: pick(row, names.username),
    xForwardedFor: pick(row, names.xForwardedFor),
  }
}

/** `192.0.2.1:443` and `[2001:db8::1]:443` with their port, anything else as it is. */
function clientEnd(text: string): { host: string; port?: string } {
  const found = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  return found ? { host: found[1] ?? found[2] ?? '', port: found[3] } : { host: text }
}
