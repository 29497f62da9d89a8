/** What is shown of each kind of things that a host has: the facts of a row in their order, and how each is written. */
import type { InventoryThing } from '@rampart/api'

export type InventoryKind = InventoryThing['kind']
export type Facts = InventoryThing['facts']

/**
 * `mono`: evidence; `words`: one of a few words that the console has; `flag`: said only when it is true; `short`: the beginning of
 * a digest.
 */
type Shape = 'text' | 'mono' | 'words' | 'flag' | 'bytes' | 'number' | 'short'
export type Column = readonly [fact: string, as: Shape]

export const columnsOf = {
  package: [['version', 'mono']],
  port: [
    ['program', 'mono'],
    ['userId', 'number'],
    ['everywhere', 'flag'],
  ],
  account: [
    ['id', 'number'],
    ['group', 'text'],
    ['groups', 'text'],
    ['password', 'words'],
    ['shell', 'mono'],
    ['home', 'mono'],
    ['keys', 'number'],
  ],
  group: [
    ['id', 'number'],
    ['members', 'text'],
  ],
  'ssh-key': [
    ['type', 'mono'],
    ['comment', 'text'],
    ['options', 'mono'],
    ['file', 'mono'],
  ],
  unit: [
    ['command', 'mono'],
    ['calendar', 'mono'],
    ['listens', 'mono'],
    ['starts', 'words'],
    ['running', 'flag'],
    ['user', 'text'],
  ],
  job: [
    ['schedule', 'mono'],
    ['user', 'text'],
    ['path', 'mono'],
  ],
  module: [
    ['sizeBytes', 'bytes'],
    ['outOfTree', 'flag'],
    ['unsigned', 'flag'],
  ],
  'web-server': [
    ['version', 'mono'],
    ['running', 'flag'],
    ['ports', 'text'],
    ['program', 'mono'],
    ['roots', 'number'],
    ['configuration', 'mono'],
  ],
  'web-root': [
    ['server', 'text'],
    ['configuration', 'mono'],
  ],
  container: [
    ['image', 'mono'],
    ['running', 'flag'],
    ['privileged', 'flag'],
    ['runtime', 'text'],
    ['network', 'text'],
    ['ports', 'mono'],
    ['user', 'text'],
  ],
  image: [
    ['runtime', 'text'],
    ['id', 'short'],
  ],
  'privileged-file': [
    ['setUser', 'flag'],
    ['setGroup', 'flag'],
    ['owner', 'number'],
    ['group', 'number'],
    ['sizeBytes', 'bytes'],
  ],
  'sudo-rule': [
    ['who', 'text'],
    ['noPassword', 'flag'],
    ['path', 'mono'],
  ],
  'start-item': [['folder', 'mono']],
} as const satisfies Record<InventoryKind, readonly Column[]>

/** What a row is called: the part of its name, or the fact, that tells it from others at a glance. */
export function titleOf(kind: InventoryKind, name: string, facts: Facts): { title: string; note?: string } {
  const fact = (of: string) => (facts[of] === undefined ? undefined : String(facts[of]))
  switch (kind) {
    case 'package': {
      const at = name.lastIndexOf(':')
      return at < 0 ? { title: name } : { title: name.slice(0, at), note: name.slice(at + 1) }
    }
    case 'job':
      return { title: fact('command') ?? name }
    case 'container':
      return { title: fact('name') ?? name.slice(0, 12), note: name.slice(0, 12) }
    case 'ssh-key':
      return { title: fact('account') ?? name, note: fact('fingerprint') ?? '' }
    case 'sudo-rule':
      return { title: fact('rule') ?? name }
    case 'account':
      return { title: name, note: fact('description') ?? '' }
    case 'unit': {
      const session = fact('session')
      return session === undefined ? { title: name } : { title: name.replace(/ \([^()]*\)$/, ''), note: session }
    }
    default:
      return { title: name }
  }
}

/** A tab of the page of a server: kinds that belong together, each a view of its own. */
export const inventoryTabs = {
  packages: ['package'],
  ports: ['port'],
  accounts: ['account', 'group', 'ssh-key'],
  services: ['unit'],
  scheduled: ['job', 'timer'],
  modules: ['module'],
  web: ['web-server', 'web-root'],
  containers: ['container', 'image'],
  privileges: ['start-item', 'privileged-file', 'sudo-rule'],
} as const satisfies Record<string, readonly InventoryView[]>
export type InventoryTab = keyof typeof inventoryTabs

/** Timers are units that are looked for beside the lines of cron. */
export type InventoryView = InventoryKind | 'timer'
export const kindOf = (view: InventoryView): InventoryKind => (view === 'timer' ? 'unit' : view)
