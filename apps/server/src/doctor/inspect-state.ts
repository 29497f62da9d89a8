/** What can be said of a server's state directory without the server: readable, whole, private, with room and time left. */
import { X509Certificate } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { readSettingsFile, type SettingsIssue } from '../settings/settings-file.ts'
import { notedAuditHead } from '../store/audit-head.ts'
import { auditFaultOf } from '../store/audit-trail.ts'
import { migrations } from '../store/migrations.ts'

export interface InspectedState {
  path: string
  exists: boolean
  /** Others may read or write it, or it belongs to somebody else. */
  exposed: string | null
  disk: { freeBytes: number; totalBytes: number } | null
  database: { state: 'missing' | 'whole' | 'damaged' | 'newer' | 'unreadable'; detail: string; bytes: number }
  /** What is wrong with the chain of the audit trail, null when nothing is or there is none. */
  auditTrail: string | null
  /** Name → when it ends, ms; null when it cannot be read. */
  certificates: { name: string; notAfter: number | null }[]
  /** Private keys that others may read. */
  exposedKeys: string[]
  /** Sizes in bytes. */
  events: number
  refusedEvents: number
  /** Copies of the database from before migrations: they can go once all is well. */
  oldCopies: { files: string[]; bytes: number }
  settings: readonly SettingsIssue[]
  /** Newest time of change in the directory, ms: a clock behind it was set back. */
  newestChange: number
  /** Process id of the server that holds the directory, null when none does. */
  holder: number | null
}

/** Databases up to this size are read page by page. */
const thoroughBytes = 4 * 1024 ** 3

/** Never throws and never writes. */
export function inspectState(directory: string, settingsFile?: string): InspectedState {
  const path = resolve(directory)
  const files = list(path)
  const sum = (prefix: string) =>
    files.filter((file) => file.path.startsWith(prefix)).reduce((bytes, file) => bytes + file.bytes, 0)
  const copies = files.filter((file) => /^rampart\.db\.before-/.test(file.path))
  const settings = readSettingsFile(settingsFile ?? join(path, 'rampart.yml'), settingsFile !== undefined)
  return {
    path,
    exists: existsSync(path),
    exposed: exposure(path),
    disk: diskOf(path),
    database: databaseOf(join(path, 'rampart.db')),
    auditTrail: auditFault(path),
    certificates: ['authority.pem', 'server.pem'].flatMap((name) => certificateOf(path, name)),
    exposedKeys: files
      .filter((file) => file.path.endsWith('.key') && (file.mode & 0o077) !== 0)
      .map((file) => file.path),
    events: sum('events/'),
    refusedEvents: sum('refused-events.ndjson'),
    oldCopies: { files: copies.map((file) => file.path), bytes: copies.reduce((bytes, file) => bytes + file.bytes, 0) },
    settings: settings.ok ? [] : settings.error,
    newestChange: Math.max(0, ...files.map((file) => file.changedAt)),
    holder: holderOf(path),
  }
}

interface File {
  path: string
  bytes: number
  mode: number
  changedAt: number
}

function list(root: string): File[] {
  const files: File[] = []
  const walk = (folder: string, depth: number) => {
    try {
      for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`
        if (entry.isDirectory() && depth < 8) walk(path, depth + 1)
        else if (entry.isFile()) {
          const { size, mode, mtimeMs } = lstatSync(join(root, path))
          files.push({ path, bytes: size, mode, changedAt: mtimeMs })
        }
      }
    } catch {
      // What cannot be read is told by the checks of owner and mode.
    }
  }
  walk('', 0)
  return files
}

function exposure(path: string): string | null {
  try {
    const { uid, mode } = statSync(path)
    const own = process.getuid?.() ?? uid
    if (uid !== 0 && uid !== own) return `it belongs to another user (id ${uid})`
    return (mode & 0o077) === 0 ? null : `other users have access to it (mode ${(mode & 0o777).toString(8)})`
  } catch {
    return null
  }
}

function diskOf(path: string): InspectedState['disk'] {
  try {
    const disk = statfsSync(path)
    return { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize }
  } catch {
    return null
  }
}

function databaseOf(file: string): InspectedState['database'] {
  if (!existsSync(file)) return { state: 'missing', detail: '', bytes: 0 }
  let database: DatabaseSync | undefined
  let bytes = 0
  try {
    bytes = statSync(file).size
    database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
    const applied = database
      .prepare('SELECT name FROM migrations')
      .all()
      .map((row) => String(row.name))
    const known = new Set(migrations.map((migration) => migration.name))
    const newer = applied.find((name) => !known.has(name))
    if (newer !== undefined) return { state: 'newer', detail: newer, bytes }
    const pragma = bytes <= thoroughBytes ? 'quick_check' : 'schema_version'
    const result = String(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0])
    if (pragma === 'quick_check' && result !== 'ok') return { state: 'damaged', detail: result, bytes }
    return { state: 'whole', detail: '', bytes }
  } catch (error) {
    const { errcode, message } = error as Error & { errcode?: number }
    const damaged = errcode === 11 || errcode === 26
    return { state: damaged ? 'damaged' : 'unreadable', detail: message, bytes }
  } finally {
    database?.close()
  }
}

/** Follows the chain without writing, and looks for the row that was noted beside the database. */
function auditFault(path: string): string | null {
  const file = join(path, 'rampart.db')
  if (!existsSync(file)) return null
  let database: DatabaseSync | undefined
  try {
    const noted = notedAuditHead(path)
    database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
    return auditFaultOf(database, noted)
  } catch {
    // A database that cannot be read is told by its own check.
    return null
  } finally {
    database?.close()
  }
}

function certificateOf(path: string, name: string): InspectedState['certificates'] {
  const file = join(path, 'authority', name)
  if (!existsSync(file)) return []
  try {
    return [{ name, notAfter: new X509Certificate(readFileSync(file)).validToDate.getTime() }]
  } catch {
    return [{ name, notAfter: null }]
  }
}

/** The lock is an exclusive transaction on a file of its own: who cannot read it finds it held. */
function holderOf(path: string): number | null {
  const lock = join(path, 'server.lock')
  if (!existsSync(lock)) return null
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(lock, { readOnly: true, timeout: 0 })
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    return null
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== 5) return null
    try {
      return Number.parseInt(readFileSync(join(path, 'server.pid'), 'utf8'), 10) || 0
    } catch {
      return 0
    }
  } finally {
    database?.close()
  }
}
