/** Audit records that programs write (sshd, PAM, sudo, shadow tools) → logon, privilege and account events. */
import { clip, type EventDraft, endpointOf } from '../draft.ts'
import type { AuditRecord } from './record.ts'

/** Connections whose failed password was already told, by pid, so that their failed end is not told again. Bounded. */
export type FailedLogons = Set<string>

const given = (text: string | undefined) =>
  text === undefined || text === '?' || text === '(unknown)' ? undefined : text
const baseName = (path: string | undefined) => path?.slice(path.lastIndexOf('/') + 1)
const accountOperations: Readonly<Record<string, RegExp>> = {
  ADD_USER: /^add(?:ing)?[- ]user$/,
  DEL_USER: /^delet(?:e|ing)[- ]user$/,
  ADD_GROUP: /^add(?:ing)?[- ]group(?: to \/etc\/group)?$/,
  DEL_GROUP: /^delet(?:e|ing)[- ]group(?: from \/etc\/group)?$/,
}

/** The specific event of one record, or undefined. */
export function programDraft(record: AuditRecord, failed: FailedLogons): EventDraft | undefined {
  const fields = record.fields
  const succeeded = ['success', 'yes', '1'].includes(fields.get('res') ?? fields.get('result') ?? '')
  if (record.type === 'USER_LOGIN' || record.type === 'USER_AUTH') return logon(record, succeeded, failed)
  if (record.type === 'USER_END' && (fields.get('op') ?? '').includes('session_close')) {
    const service = baseName(given(fields.get('exe')))
    const name = given(fields.get('acct'))
    if (!service || name === undefined || /^(?:cron|crond|sudo|su|systemd|runuser|atd)$/.test(service)) return undefined
    const sessionId = fields.get('ses')
    return {
      type: 'logon.ended',
      at: record.at,
      service: clip(service, 64),
      user: { name: clip(name, 256) },
      source: sourceOf(fields),
      ...(sessionId === undefined ? {} : { sessionId }),
    }
  }
  if (record.type === 'USER_CMD') {
    const command = fields.get('cmd')
    if (command === undefined) return undefined
    const user = userOf(fields)
    const outcome = succeeded ? 'success' : 'failure'
    return { type: 'privilege.used', at: record.at, operation: 'sudo', ...user, target: clip(command, 8192), outcome }
  }
  return succeeded ? accountDraft(record) : undefined
}

function sourceOf(fields: Map<string, string>) {
  return endpointOf(given(fields.get('addr')) ?? given(fields.get('hostname')), given(fields.get('rport')))
}

/** The account that acted: the logon user (auid), or the real one. */
function userOf(fields: Map<string, string>) {
  const text = [fields.get('auid'), fields.get('uid')].find((id) => id !== undefined && /^\d{1,9}$/.test(id))
  const name = [fields.get('AUID'), fields.get('UID')].find((one) => one !== undefined && one !== 'unset')
  const user = { ...(text === undefined ? {} : { id: Number(text) }), ...(name ? { name: clip(name, 256) } : {}) }
  return Object.keys(user).length === 0 ? {} : { user }
}

/**
 * A successful logon is told by USER_LOGIN; USER_AUTH only says that a password or key was right. A failure is told by
 * USER_AUTH, once for each try, and by USER_LOGIN only when no USER_AUTH of the process came before it.
 */
function logon(record: AuditRecord, succeeded: boolean, failed: FailedLogons): EventDraft | undefined {
  const fields = record.fields
  const service = baseName(given(fields.get('exe'))) ?? 'unknown'
  const key = `${record.node ?? ''}/${fields.get('pid') ?? ''}`
  if (record.type === 'USER_AUTH') {
    if (succeeded) return undefined
    failed.add(key)
    if (failed.size > 4096) failed.delete(failed.values().next().value ?? '')
  } else if (!succeeded && failed.delete(key)) return undefined
  const enriched = given(fields.get('ID'))
  const name = given(fields.get('acct')) ?? (enriched?.startsWith('unknown(') ? undefined : enriched)
  const id = fields.get('id')
  const user = {
    ...(name === undefined ? {} : { name: clip(name, 256) }),
    ...(id !== undefined && /^\d{1,9}$/.test(id) ? { id: Number(id) } : {}),
  }
  const method = /pubkey/.test(fields.get('op') ?? '')
    ? 'publickey'
    : /PAM/.test(fields.get('op') ?? '')
      ? 'password'
      : undefined
  return {
    type: 'logon.attempted',
    at: record.at,
    outcome: succeeded ? 'success' : 'failure',
    service: clip(service.replace(/^sshd-(?:session|auth)$/, 'sshd'), 64),
    ...(method === undefined ? {} : { method }),
    ...(succeeded ? {} : { reason: method === 'password' ? 'bad password' : method ? 'key not accepted' : 'rejected' }),
    ...(Object.keys(user).length === 0 ? {} : { user }),
    source: sourceOf(fields),
    ...(fields.get('pid') === undefined ? {} : { sessionId: clip(fields.get('pid') ?? '', 128) }),
  }
}

function accountDraft(record: AuditRecord): EventDraft | undefined {
  const fields = record.fields
  const operation = fields.get('op') ?? ''
  const name = given(fields.get('acct'))
  const id = fields.get('id')
  const number = id !== undefined && /^\d{1,9}$/.test(id) ? { id: Number(id) } : {}
  const base = { type: 'account.changed' as const, at: record.at, ...userOf(fields) }
  const pattern = accountOperations[record.type]
  if (pattern) {
    if (!pattern.test(operation) || (name === undefined && id === undefined)) return undefined
    const account = { name: clip(name ?? `#${id}`, 256), ...number }
    const group = record.type.endsWith('GROUP') ? { group: account.name } : {}
    const change = record.type.startsWith('ADD') ? ('created' as const) : ('removed' as const)
    return { ...base, operation: change, account: { ...account, ...group } }
  }
  if (name === undefined) return undefined
  const group = given(fields.get('grp'))
  if (
    record.type === 'USER_CHAUTHTOK' &&
    /^(?:PAM:chauthtok|change password|changing password|updating password)$/.test(operation)
  )
    return { ...base, operation: 'password-changed', account: { name: clip(name, 256), ...number } }
  if (record.type === 'USER_MGMT' && /^add(?:ing)?[- ]user[- ]to[- ]group$/.test(operation) && group !== undefined)
    return { ...base, operation: 'group-added', account: { name: clip(name, 256), group: clip(group, 256), ...number } }
  if (record.type === 'ACCT_LOCK' || record.type === 'ACCT_UNLOCK') {
    const change = record.type === 'ACCT_LOCK' ? ('locked' as const) : ('unlocked' as const)
    return { ...base, operation: change, account: { name: clip(name, 256), ...number } }
  }
  return undefined
}
