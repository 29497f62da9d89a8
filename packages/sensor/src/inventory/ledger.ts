/** What the host has, since when, and what changed when: looks in, the state to compare and to tell out; kept over restarts. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { sameFacts } from '@rampart/event/momentary-facts'
import type { Facts, Inventory, Looked, SnapshotKind, Things } from './things.ts'

/** When a thing came (null: it was there at the first look and nothing says since when) and last changed (null: never since). */
export type Times = readonly [since: number | null, changedAt: number | null]

export interface LedgerPage {
  readonly things: Things
  readonly times: Readonly<Record<string, Times>>
  readonly leftOut: number
  /** Names this state: 32 hexadecimal digits over names and facts. */
  readonly digest: string
}

export interface Ledger {
  /** Reads what an earlier run kept; once. */
  load(): Promise<void>
  inventory(): Inventory
  page(kind: SnapshotKind): LedgerPage | undefined
  kinds(): SnapshotKind[]
  /** When things of a kind went that are no longer there; forgotten with `told`. */
  goneAt(kind: SnapshotKind): Readonly<Record<string, number>>
  told(kind: SnapshotKind): void
  /** When each kind was looked at last, ms. */
  lookedAt(): Partial<Record<SnapshotKind, number>>
  /** Takes a look over; kinds that it lacks stay as they were. Resolves when it is kept; rejects when it cannot be. */
  take(looked: Looked, at: number): Promise<void>
  /** Called after each look. */
  onLook(listener: () => void): void
}

/** Raised when facts are described otherwise: what an older version kept is then no ground for differences. */
const format = 2

interface Kept {
  format: number
  pages: Partial<Record<SnapshotKind, { things: Things; times: Record<string, Times>; leftOut: number }>>
}

export function createLedger(path: string): Ledger {
  const pages = new Map<SnapshotKind, LedgerPage>()
  const gone = new Map<SnapshotKind, Record<string, number>>()
  const looked: Partial<Record<SnapshotKind, number>> = {}
  const listeners: (() => void)[] = []
  let loading: Promise<void> | undefined
  let unsaved = false
  let saving: Promise<void> = Promise.resolve()

  async function read(): Promise<void> {
    try {
      const kept = JSON.parse(await readFile(path, 'utf8')) as Kept
      if (kept.format !== format) return
      for (const [kind, page] of Object.entries(kept.pages) as [SnapshotKind, LedgerPage][])
        pages.set(kind, { ...page, digest: digestOf(page.things, page.times) })
    } catch {
      // First start, or a damaged file: the next look is the first.
    }
  }

  async function save(): Promise<void> {
    const kept: Kept = { format, pages: {} }
    for (const [kind, { things, times, leftOut }] of pages) kept.pages[kind] = { things, times, leftOut }
    await mkdir(dirname(path), { recursive: true })
    await writeFile(`${path}.new`, JSON.stringify(kept), { mode: 0o600 })
    await rename(`${path}.new`, path)
    unsaved = false
  }

  return {
    load: () => {
      loading ??= read()
      return loading
    },
    inventory: () => Object.fromEntries([...pages].map(([kind, { things }]) => [kind, things])),
    page: (kind) => pages.get(kind),
    kinds: () => [...pages.keys()],
    goneAt: (kind) => gone.get(kind) ?? {},
    told: (kind) => gone.delete(kind),
    lookedAt: () => ({ ...looked }),
    async take(seen, at) {
      for (const [kind, { things, since, leftOut }] of Object.entries(seen) as [
        SnapshotKind,
        Looked[SnapshotKind] & {},
      ][]) {
        looked[kind] = at
        const before = pages.get(kind)
        if (before !== undefined && before.leftOut === leftOut && isSame(before.things, things)) continue
        unsaved = true
        const times: Record<string, Times> = Object.create(null)
        for (const [name, facts] of Object.entries(things)) times[name] = timesOf(before, name, facts, since[name], at)
        if (before) {
          const left = gone.get(kind) ?? Object.create(null)
          for (const name of Object.keys(before.things)) if (!Object.hasOwn(things, name)) left[name] = at
          for (const name of Object.keys(things)) delete left[name]
          gone.set(kind, left)
        }
        pages.set(kind, { things, times, leftOut, digest: digestOf(things, times) })
      }
      for (const listener of listeners) listener()
      if (!unsaved) return
      saving = saving.catch(() => {}).then(save)
      await saving
    },
    onLook: (listener) => void listeners.push(listener),
  }
}

function timesOf(
  before: LedgerPage | undefined,
  name: string,
  facts: Facts,
  told: number | undefined,
  at: number,
): Times {
  // Before the first look there is only what the host itself says.
  if (before === undefined) return [told === undefined ? null : Math.min(told, at), null]
  const old = Object.hasOwn(before.things, name) ? before.things[name] : undefined
  if (old === undefined) return [at, null]
  const [since, changedAt] = (Object.hasOwn(before.times, name) && before.times[name]) || [null, null]
  return [since, sameFacts(old, facts) ? changedAt : at]
}

/** Momentary facts count here: the server shows them. */
function isSame(one: Things, other: Things): boolean {
  if (one === other) return true
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => {
      const [a, b] = [one[name] ?? {}, Object.hasOwn(other, name) ? other[name] : undefined]
      const facts = Object.keys(a)
      return b !== undefined && facts.length === Object.keys(b).length && facts.every((fact) => a[fact] === b[fact])
    })
  )
}

function digestOf(things: Things, times: Readonly<Record<string, Times>>): string {
  const hash = createHash('sha256')
  for (const name of Object.keys(things).sort()) {
    const facts = things[name] ?? {}
    hash.update(
      JSON.stringify([
        name,
        ...Object.keys(facts)
          .sort()
          .flatMap((fact) => [fact, facts[fact]]),
        times[name],
      ]),
    )
  }
  return hash.digest('hex').slice(0, 32)
}
