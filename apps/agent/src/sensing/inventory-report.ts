/**
 * Tells the server what the host has: compares the ledger with what the server says it knows, and sends what differs, kind by
 * kind; the difference where the server has what was told last, the whole otherwise.
 */
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import type { AgentMessage } from '@rampart/api'
import type { Ledger, LedgerPage, SnapshotKind } from '@rampart/sensor/host'
import { encode } from '../msgpack.ts'

export type InventoryPart = Extract<AgentMessage, { type: 'inventory' }>
/** What the server knows, by kind; null while it cannot be reached. */
export type InventoryKnown = Partial<Record<string, string>> | null

export interface InventoryReport {
  /** The server said what it knows: after each welcome, and, about one kind, as the answer to a part. */
  known(digests: InventoryKnown, about?: string): void
  stop(): void
}

const compress = promisify(zstdCompress)
/** So long an answer is waited for before a part is sent once more. */
const patienceMs = 60_000
/** One state of a kind goes at most so often over one connection when the server does not get along with it. */
const attemptsMax = 3

export function reportInventory(ledger: Ledger, send: (part: InventoryPart) => void): InventoryReport {
  let server: InventoryKnown = null
  let stopped = false
  /** What the server has for sure, by kind. */
  const confirmed = new Map<SnapshotKind, LedgerPage>()
  const underWay = new Map<SnapshotKind, { page: LedgerPage; at: number }>()
  const attempts = new Map<SnapshotKind, { digest: string; count: number }>()
  let working: Promise<void> = Promise.resolve()

  const sendSoon = () => {
    working = working.then(sendAll)
  }
  ledger.onLook(sendSoon)

  function known(digests: InventoryKnown, about?: string): void {
    server = digests
    if (digests === null) {
      underWay.clear()
      attempts.clear()
      return
    }
    for (const kind of ledger.kinds()) {
      const [sent, page] = [underWay.get(kind)?.page, ledger.page(kind)]
      for (const one of [sent, page])
        if (one !== undefined && one.digest === digests[kind]) {
          confirmed.set(kind, one)
          if (one === page) ledger.told(kind)
        }
      if (kind !== about) continue
      underWay.delete(kind)
      // It did not fit to what the server has: the whole will.
      if (sent?.digest !== digests[kind]) confirmed.delete(kind)
    }
    sendSoon()
  }

  async function sendAll(): Promise<void> {
    for (const kind of ledger.kinds()) {
      const page = ledger.page(kind)
      if (stopped || server === null || page === undefined || server[kind] === page.digest) continue
      const sent = underWay.get(kind)
      if (sent && performance.now() - sent.at < patienceMs) continue
      const tried = attempts.get(kind)
      const count = tried?.digest === page.digest ? tried.count : 0
      if (count >= attemptsMax) continue
      const base = count === 0 ? confirmed.get(kind) : undefined
      const part = await makePart(kind, page, base?.digest === server[kind] ? base : undefined, ledger)
      if (stopped || server === null) return
      underWay.set(kind, { page, at: performance.now() })
      attempts.set(kind, { digest: page.digest, count: count + 1 })
      send(part)
    }
  }

  return {
    known,
    stop: () => {
      stopped = true
    },
  }
}

async function makePart(
  kind: SnapshotKind,
  page: LedgerPage,
  base: LedgerPage | undefined,
  ledger: Ledger,
): Promise<InventoryPart> {
  const set: [string, LedgerPage['things'][string], number | null, number | null][] = []
  const gone: [string, number][] = []
  const goneAt = ledger.goneAt(kind)
  for (const [name, facts] of Object.entries(page.things)) {
    const [since, changedAt] = page.times[name] ?? [null, null]
    // Facts are objects of the look that found them: one that is another object may still say the same.
    if (base === undefined || !Object.hasOwn(base.things, name) || !isSame(base.things[name], facts))
      set.push([name, facts, since, changedAt])
  }
  if (base)
    for (const name of Object.keys(base.things))
      if (!Object.hasOwn(page.things, name)) gone.push([name, goneAt[name] ?? Date.now()])
  return {
    type: 'inventory',
    kind,
    base: base?.digest ?? null,
    digest: page.digest,
    count: Object.keys(page.things).length,
    leftOut: page.leftOut,
    collectedAt: ledger.lookedAt()[kind] ?? Date.now(),
    payload: await compress(encode({ set, gone })),
  }
}

const isSame = (one: object | undefined, other: object) =>
  one === other || JSON.stringify(one) === JSON.stringify(other)
