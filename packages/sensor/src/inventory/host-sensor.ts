/** The host's inventory, looked at by interval and when its files change → `inventory.changed`, and the whole for the server. */
import { createHash } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { completeDraft } from '../draft.ts'
import type { Sensor, SensorContext, SensorHealth } from '../sensor.ts'
import { lookAtHost, packagesAtWork } from './look.ts'
import { type Inventory, inventoryChanges } from './things.ts'

export interface HostInventoryOptions {
  /** Stands before every path but those of /proc. */
  root?: string
  proc?: string
  /** How often everything is looked at. Default 5 minutes; changes of the folders that say most are seen within seconds. */
  intervalMs?: number
  /** How long after a change of a folder the look is. Default 3 s: tools change several files one after the other. */
  settleMs?: number
}

const watchedFolders = [
  '/etc/systemd/system',
  '/etc/cron.d',
  '/var/spool/cron/crontabs',
  '/etc/sudoers.d',
  '/etc/nginx/sites-enabled',
  '/etc/apache2/sites-enabled',
  '/var/lib/dpkg',
]
/** Looks never follow each other faster, so that a busy folder costs little. */
const leastMs = 10_000

/** A sensor of what the host has. The first look ever gives no events; the last one is kept across restarts. */
export function createHostInventorySensor(
  context: SensorContext,
  options: HostInventoryOptions = {},
): Sensor & { inventory(): Inventory } {
  const root = options.root ?? '/'
  const statePath = join(context.stateDirectory, 'host-inventory.json')
  const settleMs = options.settleMs ?? 3000
  const watchers: FSWatcher[] = []
  let known: Inventory | undefined
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let lookedAt = 0
  let trouble: string | undefined = 'not started'
  let running = false
  let eventsSeen = 0
  let left = 0

  const look = async () => {
    try {
      const busy = await packagesAtWork(options.proc)
      const now = await lookAtHost(root, options.proc)
      const at = Date.now()
      if (known) {
        const changes = inventoryChanges(known, now, at, busy)
        left += changes.left
        for (const draft of changes.drafts) {
          eventsSeen++
          const sequence = `${at}-${createHash('sha256').update(JSON.stringify(draft)).digest('hex').slice(0, 12)}`
          context.emit({
            ...completeDraft(draft, context.asset, 'inventory.host', 'inventory', sequence),
            receivedAt: at,
          })
        }
        if (changes.drafts.length > 0) await save({ ...known, ...now })
      } else await save(now)
      // What could not be read this time stays as it was.
      known = { ...known, ...now }
      trouble = undefined
    } catch (error) {
      trouble = `The host could not be looked at or its state not saved: ${(error as Error).message}.`
    }
    lookedAt = Date.now()
  }
  const save = async (value: Inventory) => {
    await mkdir(context.stateDirectory, { recursive: true })
    await writeFile(`${statePath}.new`, JSON.stringify(value), { mode: 0o600 })
    await rename(`${statePath}.new`, statePath)
  }
  const lookNow = () => {
    looking = looking.then(look).then(() => context.report(health()))
    return looking
  }
  const lookSoon = () => {
    clearTimeout(soon)
    const wait = Math.max(settleMs, settleMs === 3000 ? lookedAt + leastMs - Date.now() : settleMs)
    soon = setTimeout(() => running && void lookNow(), wait)
    soon.unref()
  }
  const health = (): SensorHealth => ({
    sensor: 'inventory.host',
    state: trouble === undefined ? 'running' : 'failed',
    ...(trouble === undefined ? {} : { reason: trouble }),
    eventsSeen,
    eventsLost: left,
    lostByCause: left === 0 ? {} : { 'too-many-differences': left },
    capabilities: { 'inventory.changed': trouble === undefined ? { works: true } : { works: false, reason: trouble } },
  })

  return {
    name: 'inventory.host',
    inventory: () => known ?? {},
    async start() {
      running = true
      known = await readFile(statePath, 'utf8')
        .then((text) => JSON.parse(text) as Inventory)
        .catch(() => undefined)
      for (const folder of watchedFolders)
        try {
          const watcher = watch(join(root, folder), { persistent: false }, lookSoon)
          watcher.on('error', () => watcher.close())
          watchers.push(watcher)
        } catch {
          // It is not there, or no watch can be had: the interval does it.
        }
      timer = setInterval(() => void lookNow(), options.intervalMs ?? 300_000).unref()
      // The look takes a moment; the agent does not wait for it.
      if (options.root === undefined) void lookNow()
      else await lookNow()
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
