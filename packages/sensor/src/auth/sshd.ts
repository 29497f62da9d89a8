/**
 * Messages of sshd (OpenSSH 6 to 10, sshd-session included) and dropbear → events. User names are hostile text that may
 * look like the rest of a message, so every pattern with a free name is anchored at its end and takes the last match.
 */
import { clip, type EventDraft, endpointOf } from '../draft.ts'
import type { SyslogLine } from '../log/syslog.ts'
import type { Connection } from './sessions.ts'

const accepted = /^Accepted (\S+) for (\S+) from (\S+) port (\d+)(?: ssh\d?)?(?:: (.*))?$/
const acceptedSpaced = /^Accepted (\S+) for (.*) from (\S+) port (\d+)(?: ssh\d?)?(?:: (\S+ \S+))?$/
const failed = /^Failed (\S+) for (invalid user |illegal user )?(.*) from (\S+) port (\d+)(?: ssh\d?)?(?:: (\S+ \S+))?$/
const invalidUser = /^(?:Invalid|Illegal) user (.*) from (\S+?)(?: port (\d+))?$/
const notAllowed = /^User (.*) from (\S+) not allowed because (.*)$/
const tooMany =
  /^(?:error: )?maximum authentication attempts exceeded for (invalid user )?(.*) from (\S+) port (\d+)(?: ssh\d?)?$/
const gone =
  /^(?:Connection (?:closed|reset) by|Disconnected from|Disconnecting) (authenticating|invalid) user (.*) (\S+) port (\d+)(: Too many authentication failures)?$/
const keyFingerprint = /^\S+ ((?:SHA256|MD5):\S+|[0-9a-f:]{47})/
const dropbear = /^(Password|Pubkey) auth succeeded for '(.*)'(?: with (?:\S+ )?key (\S+(?: \S+)?))? from (\S+):(\d+)$/
const dropbearFailed =
  /^(?:Bad (?:password|PAM password) attempt for '(.*)'|Login attempt for nonexistent user) from (\S+):(\d+)$/

const refusal: Record<string, string> = { password: 'bad password', publickey: 'key not accepted' }

const bareStart =
  /^(?:Accepted \S+ for |Failed \S+ for |(?:Invalid|Illegal) user |User .* from \S+ not allowed|Connection (?:closed|reset) by |Disconnect(?:ed|ing) |Received disconnect |(?:error: )?maximum authentication attempts |Server listening on |Did not receive identification |(?:kex|banner|ssh_dispatch)\w* ?exchange)/

/**
 * A line that sshd wrote without a syslog header (`sshd -E file`, `journalctl -o cat`), as if it had one. It has no
 * time, so `at` is when it was read; its connection is known by the port, which stands in for the pid.
 */
export function bareSshdLine(text: string, at: number): SyslogLine | undefined {
  if (!bareStart.test(text)) return undefined
  const port = /^ port (\d{1,5})/.exec(text.slice(Math.max(0, text.lastIndexOf(' port '))))?.[1]
  return { at, program: 'sshd', message: text, ...(port === undefined ? {} : { pid: Number(port) }) }
}

/** The fields that every logon event of a line shares. */
function attempt(line: SyslogLine, user: string, host: string | undefined, port: string | undefined) {
  return {
    type: 'logon.attempted' as const,
    at: line.at,
    service: 'sshd',
    ...(user === '' ? {} : { user: { name: clip(user, 256) } }),
    source: endpointOf(host, port),
    ...(line.pid === undefined ? {} : { sessionId: String(line.pid) }),
    message: clip(line.message, 8192),
  }
}

const methodOf = (text: string) => clip(text.split('/')[0] ?? text, 64)

/**
 * The event of an sshd message, or undefined when the line tells nothing more than its text. A refusal that sshd
 * announces and then logs again as a failed attempt (`Invalid user`, `User … not allowed`) is one event, and so is a
 * connection that ends after failures that were already counted.
 */
export function decodeSshd(line: SyslogLine, connection: Connection): EventDraft | undefined {
  const text = line.message.endsWith(' [preauth]') ? line.message.slice(0, -10) : line.message
  if (text.startsWith('Failed ')) return decodeFailed(text, line, connection)
  const good = text.startsWith('Accepted ') ? (accepted.exec(text) ?? acceptedSpaced.exec(text)) : null
  if (good) {
    const key = keyFingerprint.exec(good[5] ?? '')?.[1]
    const draft = attempt(line, good[2] ?? '', good[3], good[4])
    connection.source = draft.source
    return { ...draft, outcome: 'success', method: methodOf(good[1] ?? ''), ...(key ? { key: clip(key, 256) } : {}) }
  }
  const invalid = invalidUser.exec(text)
  if (invalid) {
    connection.announced++
    connection.failures++
    return { ...attempt(line, invalid[1] ?? '', invalid[2], invalid[3]), outcome: 'failure', reason: 'invalid user' }
  }
  const refused = text.startsWith('User ') ? notAllowed.exec(text) : null
  if (refused) {
    connection.announced++
    connection.failures++
    const reason = clip(`not allowed: ${refused[3]}`, 256)
    return { ...attempt(line, refused[1] ?? '', refused[2], undefined), outcome: 'failure', reason }
  }
  return decodeEnd(text, line, connection) ?? decodeDropbear(text, line)
}

function decodeFailed(text: string, line: SyslogLine, connection: Connection): EventDraft | undefined {
  const found = failed.exec(text)
  if (!found) return undefined
  const method = methodOf(found[1] ?? '')
  // Every client asks with `none` first; sshd logs it only when verbose, and it is no attempt.
  if (method === 'none') return undefined
  const unknown = found[2] !== undefined
  if (unknown && connection.announced > 0) {
    connection.announced--
    return undefined
  }
  connection.failures++
  const key = keyFingerprint.exec(found[6] ?? '')?.[1]
  return {
    ...attempt(line, found[3] ?? '', found[4], found[5]),
    outcome: 'failure',
    method,
    reason: unknown ? 'invalid user' : (refusal[method] ?? 'rejected'),
    ...(key ? { key: clip(key, 256) } : {}),
  }
}

function decodeEnd(text: string, line: SyslogLine, connection: Connection): EventDraft | undefined {
  const end = gone.exec(text)
  const limit = end ? null : tooMany.exec(text)
  if (!end && !limit) return undefined
  if (connection.failures > 0) return undefined
  const [user, host, port] = end ? [end[2], end[3], end[4]] : [limit?.[2], limit?.[3], limit?.[4]]
  const invalid = end ? end[1] === 'invalid' : limit?.[1] !== undefined
  const many = limit !== null || end?.[5] !== undefined
  connection.failures++
  return {
    ...attempt(line, user ?? '', host, port),
    outcome: 'failure',
    reason: invalid ? 'invalid user' : many ? 'too many attempts' : 'closed before authentication',
  }
}

function decodeDropbear(text: string, line: SyslogLine): EventDraft | undefined {
  if (line.program !== 'dropbear') return undefined
  const good = dropbear.exec(text)
  if (good) {
    const method = good[1] === 'Pubkey' ? 'publickey' : 'password'
    const key = good[3] === undefined ? {} : { key: clip(good[3], 256) }
    return {
      ...attempt(line, good[2] ?? '', good[4], good[5]),
      service: 'dropbear',
      outcome: 'success',
      method,
      ...key,
    }
  }
  const bad = dropbearFailed.exec(text)
  if (!bad) return undefined
  const reason = bad[1] === undefined ? 'invalid user' : 'bad password'
  return { ...attempt(line, bad[1] ?? '', bad[2], bad[3]), service: 'dropbear', outcome: 'failure', reason }
}
