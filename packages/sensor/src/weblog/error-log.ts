/** One line of an error log of Apache or nginx → `log.recorded`, the client among its fields. Pure; never throws. */
import { clip, type EventDraft, endpointOf } from '../draft.ts'

const apache =
  /^\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))? (\d{4})\] \[(?:([\w-]*):)?([a-z]{3,8}\d?)\] (.*)$/s
const apacheProcess = /^\[pid (\d{1,10})(?::tid \d+)?\] (.*)$/s
const apacheClient = /^\[client ([^\]\s]{1,64})\] (.*)$/s
const nginx = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d) \[([a-z]{3,8})\] (\d{1,10})#\d{1,10}: (.*)$/s
const nginxClient = /, client: ([0-9a-fA-F.:]{2,64})(?=, |$)/g

/** Decodes one line, or returns undefined when it is of neither. Times are in the zone of the server. */
export function parseErrorLog(line: string, zone: 'utc' | 'local', path?: string): EventDraft | undefined {
  return parseApache(line, zone, path) ?? parseNginx(line, zone, path)
}

function draftOf(
  service: 'apache' | 'nginx',
  line: { at: number; severity: string; pid?: string; message: string; client?: string },
  path: string | undefined,
): EventDraft | undefined {
  if (Number.isNaN(line.at) || line.at < 0) return undefined
  const source = endpointOf(line.client)
  return {
    type: 'log.recorded',
    at: line.at,
    log: {
      service,
      ...(path === undefined ? {} : { path: clip(path, 8192) }),
      severity: line.severity,
      ...(line.pid === undefined ? {} : { pid: Number(line.pid) }),
    },
    message: clip(line.message, 1_048_576),
    ...(source === undefined ? {} : { fields: { client: source.address ?? source.domain } }),
  }
}

function parseApache(line: string, zone: 'utc' | 'local', path?: string): EventDraft | undefined {
  const parts = line.startsWith('[') ? apache.exec(line) : null
  if (!parts) return undefined
  const at = Date.parse(`${parts[2]} ${parts[1]} ${parts[5]} ${parts[3]}${zone === 'utc' ? ' UTC' : ''}`)
  const fraction = parts[4] === undefined ? 0 : Number(`0.${parts[4]}`) * 1000
  const process = apacheProcess.exec(parts[8] ?? '')
  const rest = process?.[2] ?? parts[8] ?? ''
  const client = apacheClient.exec(rest)
  // `192.0.2.1:443` since Apache 2.4, the bare address before.
  const host = client?.[1]?.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1').replace(/^\[?([0-9a-f:]+)\]:\d+$/i, '$1')
  const message = client?.[2] ?? rest
  return draftOf(
    'apache',
    { at: at + fraction, severity: parts[7] ?? '', pid: process?.[1], message, client: host },
    path,
  )
}

function parseNginx(line: string, zone: 'utc' | 'local', path?: string): EventDraft | undefined {
  const parts = nginx.exec(line)
  if (!parts) return undefined
  const at = Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}${zone === 'utc' ? 'Z' : ''}`)
  const message = parts[7] ?? ''
  // Path, request and host are hostile and may hold these words too; then it is not known which is nginx's own.
  const clients = message.match(nginxClient) ?? []
  const client = clients.length === 1 ? clients[0]?.slice(', client: '.length) : undefined
  return draftOf('nginx', { at, severity: parts[5] ?? '', pid: parts[6], message, client }, path)
}
