/** The inventory sensor: accounts, groups and logon keys of this host, compared with the last look → `account.changed`. */
import { createHash, randomBytes } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { completeDraft } from '../draft.ts'
import type { Sensor, SensorContext, SensorHealth } from '../sensor.ts'
import { accountThings } from './account-things.ts'
import { type AccountSnapshot, accountChanges, takeSnapshot } from './accounts.ts'
import { FileMemo, readText } from './file-memo.ts'
import { type LogonKey, readKeys } from './keys.ts'
import type { Ledger } from './ledger.ts'

export interface InventorySensorOptions {
  /** Directory of passwd, shadow and group. Default `/etc`. */
  directory?: string
  /** How often everything is looked at. Default 30 s; changes of the files in `directory` are seen at once. */
  intervalMs?: number
}

interface Saved {
  /** Secret that digests of password fields are made with. */
  salt: string
  snapshot: AccountSnapshot
}

const sizeLimitBytes = 16 * 1024 ** 2
/** Tools rewrite several files one after the other; a look in between would see half of a change. */
const settleMs = 150
const watched = new Set(['passwd', 'shadow', 'group'])

/**
 * A sensor of account changes, however they were made. The first look ever gives no events; what changed while the agent
 * was stopped gives them at the next start. Password fields never leave the host: only whether they changed.
 */
export function createInventorySensor(
  context: SensorContext,
  ledger: Ledger,
  options: InventorySensorOptions = {},
): Sensor {
  const memo = new FileMemo()
  const directory = options.directory ?? '/etc'
  const statePath = join(context.stateDirectory, 'inventory.json')
  let saved: Saved | undefined
  let watcher: FSWatcher | undefined
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let trouble: string | undefined
  let shadowReadable = false
  let eventsSeen = 0
  let running = false

  const load = async (): Promise<Saved | undefined> => {
    try {
      const value = JSON.parse(await readFile(statePath, 'utf8')) as Partial<Saved>
      if (typeof value.salt === 'string' && value.snapshot?.accounts && value.snapshot.groups) return value as Saved
    } catch {
      // First start, or a damaged file: the next look is the first.
    }
    return undefined
  }
  const save = async (value: Saved) => {
    await mkdir(context.stateDirectory, { recursive: true })
    await writeFile(`${statePath}.new`, JSON.stringify(value), { mode: 0o600 })
    await rename(`${statePath}.new`, statePath)
  }

  /** Accounts, and the same as things of the inventory. */
  const snapshot = async (salt: string) => {
    memo.begin()
    const text = (name: string) => memo.file(join(directory, name), 'text', (whole) => whole, { most: sizeLimitBytes })
    const [passwd, group] = [await text('passwd'), await text('group')]
    // Never kept: it holds passwords.
    const shadow = await readText(join(directory, 'shadow'), sizeLimitBytes)
    if (passwd === undefined || group === undefined) throw new Error('passwd or group is not readable')
    shadowReadable = shadow !== undefined
    const mark = (field: string) => createHash('sha256').update(`${salt}${field}`).digest('base64').slice(0, 16)
    const texts = { passwd, group, mark, ...(shadow === undefined ? {} : { shadow }) }
    const found = takeSnapshot(texts)
    // An editor that writes in place leaves the file empty for a moment.
    if (Object.keys(found.accounts).length === 0) throw new Error('passwd holds no account')
    const keys: Record<string, LogonKey[]> = Object.create(null)
    for (const [name, account] of Object.entries(found.accounts)) {
      if (account.home.startsWith('/') && account.home !== '/') keys[name] = await readKeys(account.home, memo)
      account.keys = (keys[name] ?? []).map(({ fingerprint }) => fingerprint)
    }
    return { accounts: found, things: accountThings(found, { passwd, group }, keys) }
  }

  const look = async () => {
    try {
      const salt = saved?.salt ?? randomBytes(16).toString('hex')
      const { accounts: now, things } = await snapshot(salt)
      if (saved) {
        const changedAt = await stat(join(directory, 'passwd'))
        const at = Math.min(Date.now(), Math.max(changedAt.mtimeMs, Date.now() - (options.intervalMs ?? 30_000)))
        for (const draft of accountChanges(saved.snapshot, now, at)) {
          eventsSeen++
          const sequence = createHash('sha256').update(JSON.stringify(draft)).digest('hex').slice(0, 16)
          context.emit({
            ...completeDraft(draft, context.asset, 'inventory', 'accounts', sequence),
            receivedAt: Date.now(),
          })
        }
      }
      if (!saved || JSON.stringify(saved.snapshot) !== JSON.stringify(now)) await save({ salt, snapshot: now })
      saved = { salt, snapshot: now }
      await ledger.take(things, Date.now())
      trouble = undefined
    } catch (error) {
      trouble = `Accounts cannot be read or their state not saved: ${(error as Error).message}.`
    }
  }
  const lookNow = () => {
    looking = looking.then(look)
    return looking
  }

  const health = (): SensorHealth => {
    const noShadow = trouble === undefined && !shadowReadable
    const hint = noShadow
      ? `${join(directory, 'shadow')} cannot be read: password changes are not seen. Run the agent as root.`
      : undefined
    const reason = trouble ?? hint
    return {
      sensor: 'inventory',
      state: trouble !== undefined ? 'failed' : noShadow ? 'degraded' : 'running',
      ...(reason === undefined ? {} : { reason }),
      eventsSeen,
      eventsLost: 0,
      lostByCause: {},
      capabilities: { 'account.changed': trouble === undefined ? { works: true } : { works: false, reason: trouble } },
    }
  }

  return {
    name: 'inventory',
    async start() {
      running = true
      saved = await load()
      await ledger.load()
      await lookNow()
      try {
        watcher = watch(directory, { persistent: false }, (_change, name) => {
          if (name !== null && !watched.has(name)) return
          clearTimeout(soon)
          soon = setTimeout(() => running && void lookNow(), settleMs)
        })
        watcher.on('error', () => watcher?.close())
      } catch {
        // No watch can be had: the interval does it.
      }
      timer = setInterval(
        () => void lookNow().then(() => context.report(health())),
        options.intervalMs ?? 30_000,
      ).unref()
      context.report(health())
    },
    async stop() {
      running = false
      clearInterval(timer)
      clearTimeout(soon)
      watcher?.close()
      await looking
    },
    health,
  }
}
