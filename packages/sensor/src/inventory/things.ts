/** What a host has, as flat facts by kind and name; two looks → what changed. Pure. */
import type { EventOf } from '@rampart/event'
import { clip, type EventDraft } from '../draft.ts'

export type ThingKind = EventOf<'inventory.changed'>['kind']
export type Facts = Record<string, string | number | boolean>
/** Things of one kind by their names. */
export type Things = Record<string, Facts>
export type Inventory = Partial<Record<ThingKind, Things>>

/** Most things of one kind that are kept. */
export const thingsLimit = 20_000
/** Most differences of one kind told by one look; the rest is counted. */
const differencesLimit = 500

/** Facts within what the schema allows. */
export function boundFacts(facts: Record<string, string | number | boolean | undefined>): Facts {
  const bounded: Facts = {}
  for (const [key, value] of Object.entries(facts))
    if (value !== undefined && value !== '' && !Number.isNaN(value))
      bounded[key] = typeof value === 'string' ? clip(value, 2048) : value
  return bounded
}

/** Names things without a prototype, cut to the schema, at most 20,000. */
export function collectThings(
  rows: Iterable<readonly [name: string, facts: Record<string, string | number | boolean | undefined>]>,
): Things {
  const things: Things = Object.create(null)
  let count = 0
  for (const [name, facts] of rows) {
    if (count >= thingsLimit) break
    const key = clip(name, 1024)
    if (key === '' || Object.hasOwn(things, key)) continue
    things[key] = boundFacts(facts)
    count++
  }
  return things
}

const equal = (one: Facts, other: Facts) => {
  const [names, others] = [Object.keys(one), Object.keys(other)]
  return names.length === others.length && names.every((name) => one[name] === other[name])
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
  for (const [kind, now] of Object.entries(after) as [ThingKind, Things][]) {
    const was = before[kind]
    if (!was) continue
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
      else if (!equal(old, facts)) add('changed', name, old, facts)
    }
    for (const [name, facts] of Object.entries(was)) if (!Object.hasOwn(now, name)) add('removed', name, facts)
  }
  return { drafts, left }
}

function sameThings(one: Things | undefined, other: Things | undefined): boolean {
  if (!one || !other) return true
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && equal(one[name] ?? {}, other[name] ?? {}))
  )
}
