/** Text of passwd, shadow and group files → a snapshot of accounts; two snapshots → what changed. Pure. */
import type { EventOf } from '@rampart/event'
import { clip, type EventDraft } from '../draft.ts'

/** One account. `password`: `none` is an empty field, which lets anybody in; `locked` one that no password fits. */
export interface Account {
  id: number
  home: string
  shell: string
  password: 'set' | 'locked' | 'none' | 'unknown'
  /** Changes when the password does; holds nothing of it. */
  passwordMark: string
  /** Fingerprints (`SHA256:…`) of the keys that may log on. */
  keys: string[]
}

/** Accounts by name, and members by group. Of two lines with one name the first counts, as for the C library. */
export interface AccountSnapshot {
  accounts: Record<string, Account>
  groups: Record<string, string[]>
}

/** Texts to take a snapshot of. Without `shadow` (not readable) passwords are `unknown`. */
export interface AccountTexts {
  passwd: string
  shadow?: string
  group: string
  keys?: Record<string, string[]>
  /** Digest of a password field, with a secret of this installation. */
  mark(passwordField: string): string
}

const maxLines = 65_536

function rows(text: string, columns: number): string[][] {
  return text
    .split('\n', maxLines)
    .map((line) => line.split(':'))
    .filter((row) => row.length >= columns && row[0] !== '' && !row[0]?.startsWith('#'))
}

const hasOwn = (record: object, key: string) => Object.hasOwn(record, key)

/** Takes a snapshot. Lines that are malformed are passed over. */
export function takeSnapshot(texts: AccountTexts): AccountSnapshot {
  const fields = new Map<string, string>()
  for (const row of rows(texts.shadow ?? '', 2)) if (!fields.has(row[0] ?? '')) fields.set(row[0] ?? '', row[1] ?? '')
  const accounts: AccountSnapshot['accounts'] = Object.create(null)
  for (const [name = '', inPasswd = '', id, , , home = '', shell = ''] of rows(texts.passwd, 7)) {
    if (hasOwn(accounts, name) || !/^\d{1,10}$/.test(id ?? '')) continue
    // `x` says that the password is in the shadow file.
    const field = inPasswd === 'x' ? fields.get(name) : inPasswd
    accounts[name] = {
      id: Number(id),
      home,
      shell,
      password: field === undefined ? 'unknown' : field === '' ? 'none' : /^[!*]/.test(field) ? 'locked' : 'set',
      passwordMark: field === undefined ? '' : texts.mark(field.replace(/^!+/, '')),
      keys: texts.keys && hasOwn(texts.keys, name) ? (texts.keys[name] ?? []) : [],
    }
  }
  const groups: AccountSnapshot['groups'] = Object.create(null)
  for (const [name = '', , , members = ''] of rows(texts.group, 4))
    if (!hasOwn(groups, name)) groups[name] = members.split(',').filter((member) => member !== '')
  return { accounts, groups }
}

type Operation = EventOf<'account.changed'>['operation']

/** What happened between two snapshots, as events at the given instant, in a fixed order. */
export function accountChanges(before: AccountSnapshot, after: AccountSnapshot, at: number): EventDraft[] {
  const drafts: EventDraft[] = []
  const add = (
    operation: Operation,
    name: string,
    account: Account | undefined,
    more: { group?: string; message?: string } = {},
  ) => {
    const described = account ? { id: account.id, shell: clip(account.shell, 512), home: clip(account.home, 8192) } : {}
    const group = more.group === undefined ? {} : { group: clip(more.group, 256) }
    drafts.push({
      type: 'account.changed',
      at,
      operation,
      account: { name: clip(name, 256), ...described, ...group },
      ...(more.message === undefined ? {} : { message: clip(more.message, 8192) }),
    })
  }
  for (const [name, now] of Object.entries(after.accounts)) {
    const was = hasOwn(before.accounts, name) ? before.accounts[name] : undefined
    if (!was) add('created', name, now)
    else {
      if (was.id !== now.id) add('uid-changed', name, now)
      if (was.shell !== now.shell) add('shell-changed', name, now)
    }
    for (const operation of passwordChanges(was, now)) add(operation, name, now)
    for (const key of now.keys) if (!was?.keys.includes(key)) add('key-added', name, now, { message: `key ${key}` })
  }
  for (const [name, was] of Object.entries(before.accounts))
    if (!hasOwn(after.accounts, name)) add('removed', name, was)
  for (const [group, members] of Object.entries(after.groups)) {
    const was = hasOwn(before.groups, group) ? (before.groups[group] ?? []) : []
    for (const name of members) if (!was.includes(name)) add('group-added', name, after.accounts[name], { group })
  }
  for (const [group, members] of Object.entries(before.groups)) {
    const now = hasOwn(after.groups, group) ? (after.groups[group] ?? []) : []
    for (const name of members) if (!now.includes(name)) add('group-removed', name, after.accounts[name], { group })
  }
  return drafts
}

/** A new account counts only when its password is empty: `created` says the rest. */
function passwordChanges(was: Account | undefined, now: Account): Operation[] {
  if (now.password === 'none') return was?.password === 'none' ? [] : ['password-removed']
  if (!was || was.password === 'unknown' || now.password === 'unknown') return []
  if (was.password === 'set' && now.password === 'locked') return ['locked']
  const changed: Operation[] = was.passwordMark !== now.passwordMark ? ['password-changed'] : []
  return was.password === 'locked' && now.password === 'set' ? ['unlocked', ...changed] : changed
}
