/** Messages of PAM modules inside any program (`pam_unix(sshd:auth): …`) → events. */
import { clip, type EventDraft, endpointOf } from '../draft.ts'
import type { SyslogLine } from '../log/syslog.ts'
import type { Connection } from './sessions.ts'

const prefix = /^(pam_\w{1,32})\(([\w.@-]{1,64}):(auth|session|account|chauthtok|setcred)\): (.*)$/s
const failure =
  /^(?:(\d{1,6}) more )?authentication failures?; logname=(\S*) uid=(\d+) euid=(\d+) tty=(\S*) ruser=(.*)$/s
const opened = /^session opened for user (.*?)(?:\(uid=(\d+)\))? by (\S*?)\(uid=(\d+)\)$/s
const closed = /^session closed for user (.*)$/s
const passwordChanged = /^password changed for (.*)$/s

/** Programs that log a logon themselves; the PAM line beside it would count it twice. */
const ownWords = new Set(['sshd', 'login', 'remote', 'dropbear'])
/** Services whose sessions are no logon of a person. */
const noLogon = new Set([
  ...['sudo', 'su', 'runuser', 'cron', 'crond', 'atd', 'systemd-user', 'polkit-1'],
  ...['pkexec', 'chpasswd', 'passwd', 'newusers', 'gdm-launch-environment', 'lightdm-greeter'],
])

/**
 * Splits `<ruser> rhost=<rhost>  user=<user>`. Both names may be typed by an attacker and hold these words again;
 * the split where both are the same name is the true one, else the first.
 */
function splitRemote(text: string): { host: string; user: string } {
  const found: { host: string; user: string; same: boolean }[] = []
  for (let from = -1; found.length < 32; ) {
    from = text.indexOf('rhost=', from + 1)
    if (from < 0) break
    const rest = /^(\S*)(?:\s+user=(.*)|\s{1,8})?$/s.exec(text.slice(from + 6))
    if (rest)
      found.push({ host: rest[1] ?? '', user: rest[2] ?? '', same: text.slice(0, from).trimEnd() === (rest[2] ?? '') })
  }
  return found.find((split) => split.same && split.user !== '') ?? found[0] ?? { host: '', user: '' }
}

/**
 * The event of a PAM message, or undefined. `alone` says that the program logs nothing of its own beside it, so that
 * the line is the attempt even for sshd.
 */
export function decodePam(line: SyslogLine, connection: Connection, alone = false): EventDraft | undefined {
  const head = line.message.startsWith('pam_') ? prefix.exec(line.message) : null
  if (!head) return undefined
  const [name, phase, text] = [head[2] ?? '', head[3] ?? '', head[4] ?? '']
  // `su -` and `sudo -i` have PAM services of their own.
  const service = name.replace(/^(su|sudo|runuser)-[li]$/, '$1')
  const message = clip(line.message, 8192)
  const sessionId = line.pid === undefined ? undefined : String(line.pid)
  if (phase === 'auth') {
    const found = ownWords.has(service) && !alone ? null : failure.exec(text)
    if (!found) return undefined
    const remote = splitRemote(found[6] ?? '')
    return {
      type: 'logon.attempted',
      at: line.at,
      outcome: 'failure',
      service,
      method: 'password',
      reason: remote.user === '' ? 'invalid user' : 'bad password',
      ...(remote.user === '' ? {} : { user: { name: clip(remote.user, 256) } }),
      source: endpointOf(remote.host),
      sessionId,
      message,
      ...(found[1] === undefined ? {} : { count: Math.max(1, Number(found[1])) }),
    }
  }
  if (phase === 'chauthtok') {
    const account = passwordChanged.exec(text)?.[1]
    if (!account) return undefined
    return {
      type: 'account.changed',
      at: line.at,
      operation: 'password-changed',
      account: { name: clip(account, 256) },
      message,
    }
  }
  if (phase !== 'session' || noLogon.has(service)) return undefined
  const start = opened.exec(text)
  if (start) {
    if (ownWords.has(service) && !alone) return undefined
    const id = start[2] === undefined ? {} : { id: Number(start[2]) }
    const user = { name: clip(start[1] ?? '', 256), ...id }
    return { type: 'logon.attempted', at: line.at, outcome: 'success', service, user, sessionId, message }
  }
  const end = closed.exec(text)
  if (!end) return undefined
  const user = { name: clip(end[1] ?? '', 256) }
  return { type: 'logon.ended', at: line.at, service, user, source: connection.source, sessionId, message }
}
