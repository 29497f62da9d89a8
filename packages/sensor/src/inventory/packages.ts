/** Packages that dpkg and rpm have installed. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { signatureOf } from './file-memo.ts'
import type { HostFiles } from './host-files.ts'
import { dpkgPackages } from './parse.ts'
import { readRpmDatabase } from './rpm.ts'
import type { Row } from './things.ts'

const statusLimit = 64 * 1024 * 1024
const dpkgStatus = '/var/lib/dpkg/status'
/** Where rpm keeps its database, in SQLite's format since rpm 4.16. */
const rpmPlaces = ['/usr/lib/sysimage/rpm/rpmdb.sqlite', '/var/lib/rpm/rpmdb.sqlite'] as const

/** Both kinds; undefined on a host with neither. Read again only when their databases changed. */
export function createPackageReader() {
  let rpm: { signature: string; rows: Row[] | undefined } | undefined
  const installed = new Map<string, number>()

  /** dpkg notes with each package when its files were unpacked: the time of this list. */
  async function since(files: HostFiles, rows: readonly Row[]): Promise<Row[]> {
    const dated: Row[] = []
    for (const [name, facts] of rows) {
      const mark = `${name} ${facts.version}`
      let at = installed.get(mark)
      if (at === undefined) {
        const [plain = '', architecture = ''] = name.split(':')
        for (const base of [`${plain}:${architecture}`, plain]) {
          if (plain.includes('/')) break
          at ??= (await stat(files.at(`/var/lib/dpkg/info/${base}.list`)).catch(() => undefined))?.mtimeMs
        }
        installed.set(mark, at ?? 0)
      }
      dated.push([name, facts, at || undefined])
    }
    return dated
  }

  return async (files: HostFiles): Promise<Row[] | undefined> => {
    const dpkg = await files.memo.file(files.at(dpkgStatus), 'packages', (text) => [...dpkgPackages(text)], {
      most: statusLimit,
    })
    let database: Row[] | undefined
    for (const place of rpmPlaces) {
      const path = files.at(place)
      const info = await stat(path).catch(() => undefined)
      if (!info?.isFile()) continue
      // What was written last may stand in the log beside the database.
      const log = await stat(`${path}-wal`).catch(() => undefined)
      const signature = `${signatureOf(info)} ${log ? signatureOf(log) : ''}`
      if (rpm?.signature !== signature) rpm = { signature, rows: await readRpmDatabase(path).catch(() => undefined) }
      database = rpm.rows
      break
    }
    if (dpkg === undefined && database === undefined) return undefined
    return [...(dpkg === undefined ? [] : await since(files, dpkg)), ...(database ?? [])]
  }
}

/** Files that a package manager holds a lock on while it works. */
const locks = [
  '/var/lib/dpkg/lock-frontend',
  '/var/lib/dpkg/lock',
  '/var/lib/rpm/.rpm.lock',
  '/usr/lib/sysimage/rpm/.rpm.lock',
]

/** Whether a package manager holds its lock now. */
export async function packagesLocked(
  { at, proc, memo: _ }: HostFiles,
  read: (path: string) => Promise<string | undefined>,
): Promise<boolean> {
  const held = new Set(
    [...((await read(join(proc, 'locks'))) ?? '').matchAll(/:(\d+) \d+ (?:\d+|EOF)$/gm)].map(([, inode]) => inode),
  )
  if (held.size === 0) return false
  for (const path of locks) {
    const info = await stat(at(path)).catch(() => undefined)
    if (info && held.has(String(info.ino))) return true
  }
  return false
}
