/** The host's inventory, looked at by interval and when its files change → `inventory.changed`, and all of it in the ledger. */
import { createHash } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import { completeDraft } from '../draft.ts'
import type { Sensor, SensorContext, SensorHealth } from '../sensor.ts'
import type { Ledger } from './ledger.ts'
import { createHostLooker } from './look.ts'
import { type Inventory, inventoryChanges, type SnapshotKind } from './things.ts'

export interface HostInventoryOptions {
  /** Stands before every path but those of /proc. */
  root?: string
  proc?: string
  /** How often everything is looked at. Default 5 minutes; changes of the folders that say most are seen within seconds. */
  intervalMs?: number
  /** How long after a change of a folder the look is. Default 3 s: tools change several files one after the other. */
  settleMs?: number
  /** Looks never follow each other faster, so that a busy folder costs little. Default 10 s. */
  leastMs?: number
  /** How long a look waits for a package manager to end, so that it sees no half-installed package. Default 2 minutes. */
  patienceMs?: number
}

const watchedFolders = [
  '/etc/systemd/system',
  '/etc/cron.d',
  '/var/spool/cron/crontabs',
  '/etc/sudoers.d',
  '/etc/nginx/sites-enabled',
  '/etc/apache2/sites-enabled',
  '/var/lib/dpkg',
  '/var/lib/rpm',
  '/lib/apk/db',
  '/var/lib/pacman/local',
]

/** A sensor of what the host has. The first look ever gives no events; what the ledger kept is compared at the next start. */
export function createHostInventorySensor(
  context: SensorContext,
  ledger: Ledger,
  options: HostInventoryOptions = {},
): Sensor & { inventory(): Inventory } {
  const root = options.root ?? '/'
  const settleMs = options.settleMs ?? 3_000
  const leastMs = options.leastMs ?? 10_000
  const patienceMs = options.patienceMs ?? 120_000
  const looker = createHostLooker(root, options.proc)
  const watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  /** When the last look ended, on the monotonic clock; none yet: it waits for nothing. */
  let lookedAt = Number.NEGATIVE_INFINITY
  /** Packages were at work since the last look: whatever changed may have come with one. */
  let sawPackages = false
  let trouble: string | undefined
  let running = false
  let eventsSeen = 0
  let left = 0

  const look = async () => {
    try {
      const isLocked = await looker.packagesLocked()
      sawPackages ||= isLocked
      if (isLocked && performance.now() - lookedAt < patienceMs) return lookSoon()
      const locked = sawPackages
      const looked = await looker.look()
      const at = Date.now()
      const before = ledger.inventory()
      const now: Inventory = {}
      for (const [kind, { things }] of Object.entries(looked) as [
        SnapshotKind,
        { things: Inventory[SnapshotKind] & {} },
      ][])
        now[kind] = things
      const find = (busy: boolean) => inventoryChanges(before, now, at, busy)
      let changes = find(locked)
      // Only worth its cost when there is something to mark.
      if (!locked && changes.drafts.length > 0 && (await looker.packageManagerRuns())) changes = find(true)
      left += changes.left
      for (const draft of changes.drafts) {
        eventsSeen++
        const sequence = `${at}-${createHash('sha256').update(JSON.stringify(draft)).digest('hex').slice(0, 12)}`
        context.emit({
          ...completeDraft(draft, context.asset, 'inventory.host', 'inventory', sequence),
          receivedAt: at,
        })
      }
      await ledger.take(looked, at)
      sawPackages = false
      trouble = undefined
    } catch (error) {
      trouble = `The host could not be looked at or its state not saved: ${(error as Error).message}.`
    }
    lookedAt = performance.now()
  }
  const lookNow = () => {
    looking = looking.then(look).then(() => context.report(health()))
    return looking
  }
  const lookSoon = () => {
    clearTimeout(soon)
    soon = setTimeout(() => running && void lookNow(), Math.max(settleMs, lookedAt + leastMs - performance.now()))
    soon.unref()
  }
  const health = (): SensorHealth => ({
    sensor: 'inventory.host',
    // While its first look is under way nothing is wrong.
    state: trouble === undefined ? 'running' : 'failed',
    ...(trouble === undefined ? {} : { reason: trouble }),
    eventsSeen,
    eventsLost: left,
    lostByCause: left === 0 ? {} : { 'too-many-differences': left },
    // Not a sensor that got worse: the rest of the inventory is there, and the page says what is not.
    ...(looker.packageTrouble !== undefined && {
      sources: [
        {
          kind: 'packages',
          name: 'packages of this host',
          state: 'not-readable' as const,
          reason: `They cannot be read: ${looker.packageTrouble}`,
          events: 0,
        },
      ],
    }),
    capabilities: { 'inventory.changed': trouble === undefined ? { works: true } : { works: false, reason: trouble } },
  })

  return {
    name: 'inventory.host',
    inventory: () => ledger.inventory(),
    async start() {
      running = true
      await ledger.load()
      for (const folder of watchedFolders)
        try {
          const watcher = watch(join(root, folder), { persistent: false }, lookSoon)
          watcher.on('error', () => watcher.close())
          watchers.push(watcher)
        } catch {
          // It is not there, or no watch can be had: the interval does it.
        }
      timer = setInterval(() => void lookNow(), options.intervalMs ?? 300_000).unref()
      // It takes a moment; the agent does not wait for it.
      void lookNow()
    },
    async stop() {
      running = false
      clearInterval(timer)
      clearTimeout(soon)
      for (const watcher of watchers.splice(0)) watcher.close()
      await looking
    },
    health,
  }
}
