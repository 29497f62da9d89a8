/** Messages of sudo, su and pkexec → `privilege.used`. */
import { clip, type EventDraft } from '../draft.ts'
import type { SyslogLine } from '../log/syslog.ts'

const sudoLine = /^\s*(\S+) : (.*)$/s
const suForms: readonly { pattern: RegExp; to: number; by: number; success: boolean }[] = [
  { pattern: /^Successful su for (\S+) by (\S+)$/, to: 1, by: 2, success: true },
  { pattern: /^FAILED su for (\S+) by (\S+)$/, to: 1, by: 2, success: false },
  { pattern: /^\(to (\S+)\) (\S+) on \S+$/, to: 1, by: 2, success: true },
  { pattern: /^FAILED SU \(to (\S+)\) (\S+) on \S+$/, to: 1, by: 2, success: false },
  { pattern: /^BAD SU (\S+) to (\S+) on \S+$/, to: 2, by: 1, success: false },
  { pattern: /^'su (\S+)' succeeded for (\S+) on \S+$/, to: 1, by: 2, success: true },
  { pattern: /^'su (\S+)' failed for (\S+) on \S+$/, to: 1, by: 2, success: false },
]
const pkexecLine =
  /^(\S+): (Executing command|Error executing command as another user: [^[]*) \[USER=(\S*)\] .*\[COMMAND=(.*)\]$/s

/**
 * sudo: `alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id`, with a reason after the first colon
 * when it refused. A directory or an argument may itself hold ` ; COMMAND=`; the target then starts at the first one,
 * so that it contains the true command in any case.
 */
function decodeSudo(line: SyslogLine): EventDraft | undefined {
  const found = sudoLine.exec(line.message)
  const rest = found?.[2] ?? ''
  const at = rest.indexOf('COMMAND=')
  if (!found || at < 0 || (at > 0 && !rest.slice(0, at).endsWith(' ; '))) return undefined
  const fields = rest.slice(0, at)
  const refused = !/^(?:TTY|PWD|HOST|USER|GROUP|CHROOT|TSID)=/.test(fields)
  const target = /(?:^| ; )USER=(\S+) ; /.exec(fields)?.[1]
  return {
    type: 'privilege.used',
    at: line.at,
    operation: 'sudo',
    user: { name: clip(found[1] ?? '', 256) },
    targetUser: { name: clip(target ?? 'root', 256) },
    target: clip(rest.slice(at + 8), 8192),
    outcome: refused ? 'failure' : 'success',
    message: clip(line.message, 8192),
  }
}

function decodeSu(line: SyslogLine): EventDraft | undefined {
  for (const form of suForms) {
    const found = form.pattern.exec(line.message)
    if (!found) continue
    return {
      type: 'privilege.used',
      at: line.at,
      operation: 'su',
      user: { name: clip(found[form.by] ?? '', 256) },
      targetUser: { name: clip(found[form.to] ?? '', 256) },
      outcome: form.success ? 'success' : 'failure',
      message: clip(line.message, 8192),
    }
  }
  return undefined
}

function decodePkexec(line: SyslogLine): EventDraft | undefined {
  const found = pkexecLine.exec(line.message)
  if (!found) return undefined
  return {
    type: 'privilege.used',
    at: line.at,
    operation: 'pkexec',
    user: { name: clip(found[1] ?? '', 256) },
    targetUser: { name: clip(found[3] ?? '', 256) },
    target: clip(found[4] ?? '', 8192),
    outcome: found[2] === 'Executing command' ? 'success' : 'failure',
    message: clip(line.message, 8192),
  }
}

/** The event of a line of sudo, su or pkexec, or undefined. */
export function decodePrivilege(line: SyslogLine): EventDraft | undefined {
  if (line.program === 'sudo') return decodeSudo(line)
  if (line.program === 'su') return decodeSu(line)
  return line.program === 'pkexec' ? decodePkexec(line) : undefined
}
