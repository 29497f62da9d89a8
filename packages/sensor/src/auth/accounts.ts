/** Messages of the shadow tools (useradd, usermod, userdel, group*, passwd, chsh …) → `account.changed`. */
import type { EventOf } from '@rampart/event'
import { clip, type EventDraft } from '../draft.ts'
import type { SyslogLine } from '../log/syslog.ts'

type Change = Pick<EventOf<'account.changed'>, 'operation' | 'account'>
interface Form {
  programs: readonly string[]
  pattern: RegExp
  change(found: RegExpExecArray): Change
}

const name = (text: string | undefined) => clip(text ?? '', 256)
const inGroup = (operation: Change['operation'], member: number, group: number) => (found: RegExpExecArray) => ({
  operation,
  account: { name: name(found[member]), group: name(found[group]) },
})
const alone = (operation: Change['operation']) => (found: RegExpExecArray) => ({
  operation,
  account: { name: name(found[1]) },
})
const users = ['useradd', 'usermod', 'userdel', 'adduser', 'deluser', 'newusers']
const passwords = ['passwd', 'chpasswd', 'usermod', 'chage']

/** Lines that tell the same change a second time (shadow group, /etc/gshadow) are left out on purpose. */
const forms: readonly Form[] = [
  {
    programs: users,
    pattern: /^new user: name=([^,]*), UID=(\d{1,10}), GID=\d{1,10}, home=(.*), shell=([^,]*)(?:, from=.*)?$/s,
    change: (found) => ({
      operation: 'created',
      account: {
        name: name(found[1]),
        id: Number(found[2]),
        home: clip(found[3] ?? '', 8192),
        shell: clip(found[4] ?? '', 512),
      },
    }),
  },
  { programs: users, pattern: /^delete user '([^']*)'$/, change: alone('removed') },
  { programs: users, pattern: /^add '([^']*)' to group '([^']*)'$/, change: inGroup('group-added', 1, 2) },
  { programs: users, pattern: /^delete '([^']*)' from group '([^']*)'$/, change: inGroup('group-removed', 1, 2) },
  {
    programs: users,
    pattern: /^change user '([^']*)' shell from '[^']*' to '([^']*)'$/,
    change: (found) => ({
      operation: 'shell-changed',
      account: { name: name(found[1]), shell: clip(found[2] ?? '', 512) },
    }),
  },
  {
    programs: ['chsh'],
    pattern: /^changed user '([^']*)' shell to '([^']*)'$/,
    change: (found) => ({
      operation: 'shell-changed',
      account: { name: name(found[1]), shell: clip(found[2] ?? '', 512) },
    }),
  },
  {
    programs: users,
    pattern: /^change user '([^']*)' UID from '\d+' to '(\d{1,10})'$/,
    change: (found) => ({ operation: 'uid-changed', account: { name: name(found[1]), id: Number(found[2]) } }),
  },
  { programs: users, pattern: /^change user '([^']*)' password$/, change: alone('password-changed') },
  { programs: passwords, pattern: /^lock user '([^']*)' password$/, change: alone('locked') },
  { programs: passwords, pattern: /^unlock user '([^']*)' password$/, change: alone('unlocked') },
  { programs: passwords, pattern: /^password for '([^']*)' changed by '[^']*'$/, change: alone('password-changed') },
  { programs: ['groupadd'], pattern: /^new group: name=([^,]*), GID=(\d{1,10})$/, change: groupChange('created') },
  { programs: ['groupdel'], pattern: /^group '([^']*)' removed$/, change: groupChange('removed') },
  { programs: ['gpasswd'], pattern: /^user (\S+) added by \S+ to group (\S+)$/, change: inGroup('group-added', 1, 2) },
  {
    programs: ['gpasswd'],
    pattern: /^user (\S+) removed by \S+ from group (\S+)$/,
    change: inGroup('group-removed', 1, 2),
  },
]

/** A group itself appears as an account whose `group` is its own name. */
function groupChange(operation: 'created' | 'removed') {
  return (found: RegExpExecArray): Change => ({
    operation,
    account: {
      name: name(found[1]),
      group: name(found[1]),
      ...(found[2] === undefined ? {} : { id: Number(found[2]) }),
    },
  })
}

const byProgram = new Map<string, Form[]>()
for (const form of forms)
  for (const program of form.programs) byProgram.set(program, [...(byProgram.get(program) ?? []), form])

/** The event of a line of an account tool, or undefined. */
export function decodeAccount(line: SyslogLine): EventDraft | undefined {
  for (const form of byProgram.get(line.program) ?? []) {
    const found = form.pattern.exec(line.message)
    if (found) return { type: 'account.changed', at: line.at, ...form.change(found), message: clip(line.message, 8192) }
  }
  return undefined
}
