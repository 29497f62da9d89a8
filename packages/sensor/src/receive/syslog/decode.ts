/** Bytes of a syslog connection → its messages (RFC 6587: counted or ended by a newline); a message → events. */
import type { AuthDecoder } from '../../auth/decode.ts'
import { type EventDraft, parseJson, trimEndOf } from '../../draft.ts'
import { decodeJsonRecord } from '../../log/json-record.ts'
import { parseSyslogLine } from '../../log/syslog.ts'
import { messageLimit } from '../receiver.ts'

/** What senders put behind a message. */
export const messageEnd = '\r\n\0'

export interface SyslogFrames {
  feed(bytes: Uint8Array): void
  /** Hands out an unfinished message when the sender is gone. */
  end(): void
}

/**
 * Cuts a stream into messages. Each begins with its length (`123 <34>1 …`) or ends with a newline; senders may mix both. A
 * message over 1 MB is cut and flagged, whatever follows it is read on.
 */
export function createSyslogFrames(
  take: (text: string, truncated: boolean) => void,
  limit = messageLimit,
): SyslogFrames {
  let pieces: Buffer[] = []
  let kept = 0
  let cut = false
  /** Bytes of a counted message still to come; undefined while the length is read or the message has none. */
  let left: number | undefined
  let digits = ''
  let begun = false

  const keep = (bytes: Uint8Array) => {
    const room = limit - kept
    if (bytes.length > room) cut = true
    if (room > 0 && bytes.length > 0) {
      pieces.push(Buffer.from(bytes.subarray(0, room)))
      kept += Math.min(room, bytes.length)
    }
  }
  const hand = () => {
    const text = trimEndOf(Buffer.concat(pieces).toString('utf8'), messageEnd)
    const truncated = cut
    pieces = []
    kept = 0
    cut = false
    left = undefined
    digits = ''
    begun = false
    if (text !== '') take(text, truncated)
  }
  return {
    feed(bytes) {
      let at = 0
      while (at < bytes.length) {
        if (left !== undefined) {
          const part = bytes.subarray(at, at + left)
          keep(part)
          at += part.length
          left -= part.length
          if (left === 0) hand()
          continue
        }
        if (!begun) {
          const code = bytes[at] ?? 0
          if (code >= 48 && code <= 57 && digits.length < 8) {
            digits += String.fromCharCode(code)
            at++
            continue
          }
          if (code === 32 && digits !== '' && digits !== '0') {
            left = Number(digits)
            at++
            continue
          }
          begun = true
          // Digits that no space followed were the beginning of a message without a length.
          keep(Buffer.from(digits))
          continue
        }
        const end = bytes.indexOf(10, at)
        keep(bytes.subarray(at, end < 0 ? bytes.length : end))
        at = end < 0 ? bytes.length : end + 1
        if (end >= 0) hand()
      }
    },
    end() {
      if (!begun && left === undefined && digits !== '') keep(Buffer.from(digits))
      hand()
    },
  }
}

export interface SyslogMessage {
  drafts: EventDraft[]
  host?: string
}

/** Decodes one message; undefined when it has no header of a known form. A JSON message (`@cee:` or bare) is looked into. */
export function decodeSyslogMessage(
  text: string,
  truncated: boolean,
  context: { now: number; auth: AuthDecoder },
): SyslogMessage | undefined {
  const line = parseSyslogLine(text, { reference: context.now, zone: 'local' })
  if (!line) return undefined
  const host = line.host === undefined ? {} : { host: line.host }
  const body = line.message.replace(/^@cee: ?/, '')
  if (body.startsWith('{') && !truncated) {
    const row = parseJson(body)
    const decoded = row === undefined ? undefined : decodeJsonRecord(row, context)
    if (decoded?.ok && decoded.drafts.every((draft) => draft.type !== 'log.recorded'))
      return { drafts: decoded.drafts, ...host }
  }
  const drafts = context.auth(line)
  for (const draft of drafts) if (truncated && draft.type === 'log.recorded') draft.truncated = true
  return { drafts, ...host }
}
