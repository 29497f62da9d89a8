/** Accounts, groups and logon keys as things of the inventory. Pure. */
import { clip, trimEndOf } from '../draft.ts'
import type { AccountSnapshot } from './accounts.ts'
import type { LogonKey } from './keys.ts'
import { collectThings, type Looked, type Row } from './things.ts'

/** Lines of passwd and group, for what a snapshot does not keep. */
export interface AccountFiles {
  passwd: string
  group: string
}

const linesMax = 65_536

export function accountThings(
  { accounts, groups }: AccountSnapshot,
  { passwd, group }: AccountFiles,
  keys: Readonly<Record<string, readonly LogonKey[]>>,
): Looked {
  const memberships = new Map<string, string[]>()
  for (const [name, members] of Object.entries(groups))
    for (const member of members) memberships.set(member, [...(memberships.get(member) ?? []), name])
  const groupIds = new Map(fieldsOf(group).map(([name = '', , id = '']) => [name, Number(id)]))
  const groupNames = new Map([...groupIds].map(([name, id]) => [id, name]))
  const lines = new Map(fieldsOf(passwd).map((fields) => [fields[0] ?? '', fields]))

  const accountRows = Object.entries(accounts).map(([name, { id, home, shell, password }]): Row => {
    const [, , , primary = '', words = ''] = lines.get(name) ?? []
    const primaryName = groupNames.get(Number(primary)) ?? primary
    return [
      name,
      {
        id,
        group: primaryName,
        groups: clip((memberships.get(name) ?? []).sort().join(', '), 1024),
        description: clip(trimEndOf(words, ','), 256),
        home,
        shell,
        password,
        keys: keys[name]?.length ?? 0,
        mayLogOn: !/\/(?:nologin|false|sync|shutdown|halt)$/.test(shell),
      },
    ]
  })
  const groupRows = Object.entries(groups).map(
    ([name, members]): Row => [name, { id: groupIds.get(name), members: clip([...members].sort().join(', '), 2048) }],
  )
  const keyRows = Object.entries(keys).flatMap(([account, own]) =>
    own.map(
      ({ fingerprint, type, comment, options, file }): Row => [
        `${account} ${fingerprint}`,
        { account, fingerprint, type, comment, options, file },
      ],
    ),
  )
  return { account: collectThings(accountRows), group: collectThings(groupRows), 'ssh-key': collectThings(keyRows) }
}

function fieldsOf(text: string): string[][] {
  const found: string[][] = []
  const seen = new Set<string>()
  for (const line of text.split('\n', linesMax)) {
    const fields = line.split(':')
    const name = fields[0] ?? ''
    // Of two lines with one name the first counts, as for the C library.
    if (name === '' || seen.has(name)) continue
    seen.add(name)
    found.push(fields)
  }
  return found
}
