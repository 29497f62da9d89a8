/** The database of rpm (SQLite) → installed packages. rpm itself is not run. */
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Row } from './things.ts'

/** Tags of rpm's header, rpmtag.h. */
const tags = { name: 1000, version: 1001, release: 1002, epoch: 1003, installedAt: 1008, architecture: 1022 } as const
const int32 = 4
const string = 6
const packagesMax = 20_000
const headerMax = 32 * 1024 * 1024
const entriesMax = 4096

/** Rejects when the database cannot be opened. Keys of the distributor (`gpg-pubkey`) are no packages. */
export async function readRpmDatabase(path: string): Promise<Row[]> {
  // Loaded only where there is such a database.
  const { DatabaseSync } = await import('node:sqlite')
  const open = (of: string | URL) => new DatabaseSync(of, { readOnly: true, timeout: 1000 })
  let database: DatabaseSync | undefined
  try {
    database = open(path)
    database.prepare('SELECT 1 FROM Packages').get()
  } catch {
    database?.close()
    // On a disk that cannot be written to, what stands in the log beside the database is passed over.
    database = open(new URL(`${pathToFileURL(path).href}?immutable=1`))
  }
  try {
    const rows: Row[] = []
    const headers = database.prepare('SELECT blob FROM Packages WHERE length(blob) <= ? LIMIT ?')
    for (const { blob } of headers.iterate(headerMax, packagesMax)) {
      const row = blob instanceof Uint8Array ? rpmPackage(blob) : undefined
      if (row !== undefined) rows.push(row)
      if (rows.length % 100 === 99) await pause()
    }
    return rows
  } finally {
    database.close()
  }
}

/**
 * One header: `u32 entries, u32 dataBytes`, entries of `i32 tag, u32 type, i32 offset, u32 count`, then the data; big-endian
 * (rpm.org, "Package format"). Undefined for anything else.
 */
export function rpmPackage(header: Uint8Array): Row | undefined {
  if (header.length < 8) return undefined
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  const entries = view.getUint32(0)
  const dataAt = 8 + entries * 16
  if (entries > entriesMax || dataAt > header.length) return undefined
  const found = new Map<number, { type: number; at: number }>()
  for (let entry = 0; entry < entries; entry++) {
    const at = 8 + entry * 16
    const offset = view.getInt32(at + 8)
    if (offset >= 0 && dataAt + offset < header.length)
      found.set(view.getInt32(at), { type: view.getUint32(at + 4), at: dataAt + offset })
  }
  const text = (tag: number) => {
    const one = found.get(tag)
    if (one?.type !== string) return undefined
    const end = header.indexOf(0, one.at)
    return Buffer.from(header.subarray(one.at, Math.min(end < 0 ? header.length : end, one.at + 256))).toString('utf8')
  }
  const number = (tag: number) => {
    const one = found.get(tag)
    return one?.type === int32 && one.at + 4 <= header.length ? view.getUint32(one.at) : undefined
  }
  const [name, version, release, epoch] = [text(tags.name), text(tags.version), text(tags.release), number(tags.epoch)]
  if (name === undefined || version === undefined || name === 'gpg-pubkey') return undefined
  const installedAt = number(tags.installedAt)
  return [
    `${name}:${text(tags.architecture) ?? ''}`,
    {
      version: `${epoch === undefined ? '' : `${epoch}:`}${version}${release === undefined ? '' : `-${release}`}`,
      manager: 'rpm',
    },
    installedAt === undefined ? undefined : installedAt * 1000,
  ]
}
