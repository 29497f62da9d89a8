/** Messages of login(1) on terminals → `logon.attempted`. */
import { clip, type EventDraft, endpointOf } from '../draft.ts'
import type { SyslogLine } from '../log/syslog.ts'

const rootLogon = /^ROOT LOGIN\s+ON (\S+)(?: FROM (\S+))?$/i
const rootQuoted = /^ROOT LOGIN\s+on '([^']*)'(?: from '([^']*)')?$/
const logon = /^LOGIN ON (\S+) BY (\S+)(?: FROM (\S+))?$/
const refusedQuoted = /^FAILED LOGIN \(\d+\) on '([^']*)'(?: from '([^']*)')? FOR '(.*)', (.*)$/
const refused = /^FAILED LOGIN (?:SESSION )?(?:\d+ )?FROM (\S+) FOR (.*), ([^,]*)$/

/** The event of a line of login, or undefined. */
export function decodeLogin(line: SyslogLine): EventDraft | undefined {
  if (line.program !== 'login') return undefined
  const text = line.message
  const attempt = (user: string | undefined, host: string | undefined, reason?: string): EventDraft => ({
    type: 'logon.attempted',
    at: line.at,
    service: 'login',
    outcome: reason === undefined ? 'success' : 'failure',
    method: 'password',
    ...(reason === undefined ? {} : { reason: clip(reason.toLowerCase(), 256) }),
    ...(user === undefined || user === '' || user === 'UNKNOWN' ? {} : { user: { name: clip(user, 256) } }),
    source: isTerminal(host) ? undefined : endpointOf(host),
    ...(line.pid === undefined ? {} : { sessionId: String(line.pid) }),
    message: clip(text, 8192),
  })
  const root = rootQuoted.exec(text) ?? rootLogon.exec(text)
  if (root) return attempt('root', root[2])
  const good = logon.exec(text)
  if (good) return attempt(good[2], good[3])
  const quoted = refusedQuoted.exec(text)
  if (quoted) return attempt(quoted[3], quoted[2], quoted[4])
  const bad = refused.exec(text)
  return bad ? attempt(bad[2], bad[1], bad[3]) : undefined
}

const isTerminal = (host: string | undefined) => host !== undefined && /^(?:\/dev\/)?(?:tty|pts|console)/.test(host)
