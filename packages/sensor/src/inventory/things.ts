/** What a host has, as flat facts by kind and name; two looks → what changed. Pure. */
import type { EventOf } from '@rampart/event'
import { sameFacts } from '@rampart/event/momentary-facts'
import { clip, type EventDraft } from '../draft.ts'

/** Kinds whose differences are events. */
export type ThingKind = EventOf<'inventory.changed'>['kind']
/** All kinds that the server is told. Differences of accounts are events of their own type; those of the rest are none. */
export type SnapshotKind = ThingKind | 'account' | 'group' | 'ssh-key' | 'web-server' | 'image'
export type Facts = Record<string, string | number | boolean>
/** Things of one kind by their names. */
export type Things = Record<string, Facts>
export type Inventory = Partial<Record<SnapshotKind, Things>>

/** One thing as it was found. `since`: instant at which it came, ms, where the host says so. */
export type Row = readonly [
  name: string,
  facts: Readonly<Record<string, string | number | boolean | undefined>>,
  since?: number | undefined,
]

/** The things of one kind at one look. */
export interface Look {
  things: Things
  /** Instants by name, where the host tells them. */
  since: Record<string, number>
  /** Things beyond the bounds. */
  leftOut: number
}
/** What one look saw; a kind that could not be read is left out. */
export type Looked = Partial<Record<SnapshotKind, Look>>

/** Most things of one kind that are kept, and how large they may be together, as JSON. */
export const thingsLimit = 20_000
const bytesLimit = 6 * 1024 * 1024
/** Most differences of one kind told by one look; the rest is counted. */
const differencesLimit = 500

const eventKinds: ReadonlySet<SnapshotKind> = new Set<ThingKind>([
  'package',
  'port',
  'unit',
  'job',
  'module',
  'web-root',
  'container',
  'privileged-file',
  'sudo-rule',
  'start-item',
])
const isEventKind = (kind: SnapshotKind): kind is ThingKind => eventKinds.has(kind)

/** Facts within what the schema allows. */
export function boundFacts(facts: Row[1]): Facts {
  const bounded: Facts = {}
  for (const [key, value] of Object.entries(facts))
    if (value !== undefined && value !== '' && !Number.isNaN(value))
      bounded[key] = typeof value === 'string' ? clip(value, 2048) : value
  return bounded
}

/** Names things without a prototype, cut to the schema, within the bounds; of two with one name the first counts. */
export function collectThings(rows: Iterable<Row>): Look {
  const look: Look = { things: Object.create(null), since: Object.create(null), leftOut: 0 }
  let count = 0
  let bytes = 0
  for (const [name, facts, since] of rows) {
    const key = clip(name, 1024)
    if (key === '' || Object.hasOwn(look.things, key)) continue
    const bounded = boundFacts(facts)
    bytes += key.length + 16
    for (const [fact, value] of Object.entries(bounded)) bytes += fact.length + String(value).length + 8
    if (count >= thingsLimit || bytes > bytesLimit) {
      look.leftOut++
      continue
    }
    look.things[key] = bounded
    if (since !== undefined && Number.isFinite(since) && since > 0) look.since[key] = since
    count++
  }
  return look
}

/**
 * What changed between two looks, kind by kind. A kind that one of them lacks (it could not be read) gives nothing. `packagesAtWork`: a
 * package manager runs; with packages that changed it marks everything of the look.
 */
export function inventoryChanges(
  before: Inventory,
  after: Inventory,
  at: number,
  packagesAtWork: boolean,
): { drafts: EventDraft[]; left: number } {
  const drafts: EventDraft[] = []
  let left = 0
  const during = packagesAtWork || !sameThings(before.package, after.package)
  for (const [kind, now] of Object.entries(after) as [SnapshotKind, Things][]) {
    const was = before[kind]
    if (!was || was === now || !isEventKind(kind)) continue
    let told = 0
    const add = (operation: EventOf<'inventory.changed'>['operation'], name: string, old?: Facts, next?: Facts) => {
      if (told++ >= differencesLimit) {
        left++
        return
      }
      drafts.push({
        type: 'inventory.changed',
        at,
        kind,
        operation,
        name,
        ...(old === undefined ? {} : { before: old }),
        ...(next === undefined ? {} : { after: next }),
        ...(during ? { duringPackageChange: true } : {}),
      })
    }
    for (const [name, facts] of Object.entries(now)) {
      const old = Object.hasOwn(was, name) ? was[name] : undefined
      if (old === undefined) add('added', name, undefined, facts)
      else if (!sameFacts(old, facts)) add('changed', name, old, facts)
    }
    for (const [name, facts] of Object.entries(was)) if (!Object.hasOwn(now, name)) add('removed', name, facts)
  }
  return { drafts, left }
}

function sameThings(one: Things | undefined, other: Things | undefined): boolean {
  if (!one || !other || one === other) return true
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && sameFacts(one[name] ?? {}, other[name] ?? {}))
  )
}
