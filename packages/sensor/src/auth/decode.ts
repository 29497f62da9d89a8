/**
 * A syslog line of authentication, privilege or account programs → events. Every line gives at least one event: the
 * specific one where its meaning is clear, else `log.recorded`.
 */
import { clip, type EventDraft } from '../draft.ts'
import type { SyslogLine } from '../log/syslog.ts'
import { decodeAccount } from './accounts.ts'
import { decodeLogin } from './login.ts'
import { decodePam } from './pam.ts'
import { decodePrivilege } from './privilege.ts'
import { createConnections } from './sessions.ts'
import { decodeSshd } from './sshd.ts'

const repeated = /^message repeated (\d{1,9}) times: \[ ?(.*)\]$/s
const lastRepeated = /^last message repeated (\d{1,9}) times?$/
const sshPrograms = new Set(['sshd', 'sshd-session', 'sshd-auth', 'dropbear'])

/** Decodes the lines of one host or file in their order. Holds bounded state between lines; never throws. */
export type AuthDecoder = (line: SyslogLine) => EventDraft[]

/**
 * A decoder for one stream of lines. `message repeated N times: [ … ]` becomes one event with `count` N; the older
 * `last message repeated N times` repeats the events of the line before it.
 */
export function createAuthDecoder(path?: string): AuthDecoder {
  const connections = createConnections()
  let last: EventDraft | undefined

  const specific = (line: SyslogLine): EventDraft | undefined => {
    const connection = connections.of(line.host, line.pid)
    if (sshPrograms.has(line.program)) {
      const draft = decodeSshd(line, connection) ?? decodePam(line, connection)
      if (draft?.type === 'logon.ended') connections.forget(line.host, line.pid)
      return draft
    }
    return decodePam(line, connection) ?? decodePrivilege(line) ?? decodeAccount(line) ?? decodeLogin(line)
  }
  const decodeOne = (line: SyslogLine) => {
    const old = oldPamLine(line)
    if (!old) return specific(line) ?? recorded(line, path)
    // Systems of that time logged sshd's own lines elsewhere, so the PAM line is the attempt.
    return decodePam(old, connections.of(old.host, old.pid), true) ?? recorded(old, path)
  }

  return (line) => {
    const again = line.message.endsWith(']') ? repeated.exec(line.message) : null
    if (again) {
      last = { ...decodeOne({ ...line, message: again[2] ?? '' }), ...countOf(again[1]) }
      return [last]
    }
    const before = lastRepeated.exec(line.message)
    if (before && last) return [{ ...last, at: line.at, ...countOf(before[1]) }]
    last = decodeOne(line)
    return [last]
  }
}

const oldPam = /^(\S+)\((pam_\w+)\)$/

/** `sshd(pam_unix)[1]: …`, as old systems logged it, in today's form `sshd[1]: pam_unix(sshd:auth): …`. */
function oldPamLine(line: SyslogLine): SyslogLine | undefined {
  const found = oldPam.exec(line.program)
  if (!found) return undefined
  const phase = line.message.startsWith('session ') ? 'session' : 'auth'
  return { ...line, program: found[1] ?? '', message: `${found[2]}(${found[1]}:${phase}): ${line.message}` }
}

const countOf = (text: string | undefined) => (Number(text) > 0 ? { count: Number(text) } : {})

/** The name of a program as rules know it: lower-case (Debian's cron is `CRON`), sshd's parts as sshd. */
function serviceOf(program: string): string {
  const name = clip(program.toLowerCase(), 128)
  return sshPrograms.has(name) && name !== 'dropbear' ? 'sshd' : name
}

/** The event of a line that has no more specific one. */
export function recorded(line: SyslogLine, path?: string): EventDraft {
  return {
    type: 'log.recorded',
    at: line.at,
    log: {
      service: serviceOf(line.program),
      ...(path === undefined ? {} : { path }),
      ...(line.facility === undefined ? {} : { facility: line.facility }),
      ...(line.severity === undefined ? {} : { severity: line.severity }),
      ...(line.pid === undefined ? {} : { pid: line.pid }),
    },
    message: clip(line.message, 1_048_576),
  }
}
