/** One line of an access log in common, combined or vhost_combined form (Apache, nginx and many more) → request. */
import { canonicalAddress } from '../draft.ts'
import { unescapeQuoted } from './decoded.ts'
import { type LoggedRequest, splitRequestLine } from './request.ts'

const time = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\] "/
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Index of the quote that ends the field beginning at `from`; escaped quotes are passed over. -1 when there is none. */
function quoteEnd(line: string, from: number): number {
  for (let at = from; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (code === 92) at++
    else if (code === 34) return at
  }
  return -1
}

/** The instant of `10/Oct/2000:13:55:36 -0700`, or undefined. */
function instant(parts: RegExpExecArray): number | undefined {
  const month = months.indexOf(parts[2] ?? '')
  if (month < 0) return undefined
  const zone = (parts[7] === '-' ? -1 : 1) * (Number(parts[8]) * 60 + Number(parts[9])) * 60_000
  const at =
    Date.UTC(Number(parts[3]), month, Number(parts[1]), Number(parts[4]), Number(parts[5]), Number(parts[6])) - zone
  return at >= 0 ? at : undefined
}

/**
 * Decodes one line, or returns undefined when it is not of this form. The user name may hold anything but a bare
 * quote (both servers escape it), so the first bracketed time that a quote follows is the true one.
 */
export function parseCombined(line: string): LoggedRequest | undefined {
  const parts = time.exec(line)
  if (!parts) return undefined
  const at = instant(parts)
  const start = parts.index + parts[0].length
  const end = quoteEnd(line, start)
  if (at === undefined || end < 0) return undefined
  const head = line.slice(0, parts.index).trimEnd().split(' ')
  const tail = /^ (\d{3}|-)(?: (\d{1,15}|-))?/.exec(line.slice(end + 1, end + 32))
  if (!tail || head.length < 3) return undefined
  const named = hasHostName(head) ? head.shift() : undefined
  const quoted = quotedFields(line, end + 1 + tail[0].length)
  const host = named?.replace(/:\d{1,5}$/, '')
  return {
    at,
    client: head[0] ?? '',
    username: unescapeQuoted(head.slice(2).join(' ')),
    ...splitRequestLine(unescapeQuoted(line.slice(start, end))),
    status: tail[1] ?? '',
    bytes: tail[2],
    referrer: quoted[0],
    userAgent: quoted[1],
    xForwardedFor: quoted[2],
    ...(host === undefined ? {} : { host }),
  }
}

/**
 * Whether the fields before the time begin with the name of the virtual host (vhost_combined): a name with a port, or one
 * that an address follows. In the other forms the second field is what identd said, which is `-` nowadays.
 */
function hasHostName(head: readonly string[]): boolean {
  if (head.length < 4 || head[2] !== '-') return false
  if (/:\d{1,5}$/.test(head[0] ?? '')) return true
  return canonicalAddress(head[1] ?? '') !== undefined && canonicalAddress(head[0] ?? '') === undefined
}

/** The quoted fields after the byte count: referrer, user agent, and in many set-ups X-Forwarded-For. At most three. */
function quotedFields(line: string, from: number): string[] {
  const fields: string[] = []
  let at = from
  while (fields.length < 3 && line.startsWith(' "', at)) {
    const end = quoteEnd(line, at + 2)
    fields.push(unescapeQuoted(line.slice(at + 2, end < 0 ? line.length : end)))
    if (end < 0) break
    at = end + 1
  }
  return fields
}
