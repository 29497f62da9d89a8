/** Packages that dpkg, rpm, apk and pacman have installed; what cannot be read of them is told. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { signatureOf } from './file-memo.ts'
import type { HostFiles } from './host-files.ts'
import { apkPackages, pacmanPackage } from './package-lists.ts'
import { dpkgPackages } from './parse.ts'
import { readRpmDatabase } from './rpm.ts'
import type { Row } from './things.ts'

const statusLimit = 64 * 1024 * 1024
const dpkgStatus = '/var/lib/dpkg/status'
/** Where rpm keeps its database, in SQLite's format since rpm 4.16. */
const rpmPlaces = ['/usr/lib/sysimage/rpm/rpmdb.sqlite', '/var/lib/rpm/rpmdb.sqlite'] as const

/** Its databases of before: Berkeley DB's hash tables and its own format. */
const olderRpm = [
  { path: '/var/lib/rpm/Packages', format: 'Berkeley DB' },
  { path: '/usr/lib/sysimage/rpm/Packages', format: 'Berkeley DB' },
  { path: '/var/lib/rpm/Packages.db', format: 'ndb' },
  { path: '/usr/lib/sysimage/rpm/Packages.db', format: 'ndb' },
] as const
const apkPlaces = ['/lib/apk/db/installed', '/usr/lib/apk/db/installed'] as const
const pacmanPlace = '/var/lib/pacman/local'
const descriptionLimit = 256 * 1024

export interface PackagesRead {
  /** Undefined on a host with no list that can be read. */
  rows: Row[] | undefined
  /** What cannot be read and why, in one sentence. */
  trouble?: string
}

/** Of all package managers. Read again only when their databases changed. */
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

  async function rpmRows({ at }: HostFiles): Promise<PackagesRead> {
    for (const place of rpmPlaces) {
      const path = at(place)
      const info = await stat(path).catch(() => undefined)
      if (!info?.isFile()) continue
      // What was written last may stand in the log beside the database.
      const log = await stat(`${path}-wal`).catch(() => undefined)
      const signature = `${signatureOf(info)} ${log ? signatureOf(log) : ''}`
      if (rpm?.signature !== signature) rpm = { signature, rows: await readRpmDatabase(path).catch(() => undefined) }
      if (rpm.rows !== undefined) return { rows: rpm.rows }
      return { rows: undefined, trouble: `${place} is no database of rpm, or is damaged or locked.` }
    }
    for (const { path, format } of olderRpm)
      if ((await stat(at(path)).catch(() => undefined))?.isFile())
        return {
          rows: undefined,
          trouble: `${path} has the format of an older rpm (${format}); only its SQLite format is read (rpm 4.16 and newer; rpmdb --rebuilddb changes over where rpm is set to it).`,
        }
    return { rows: undefined }
  }

  async function apkRows({ memo, at }: HostFiles): Promise<Row[] | undefined> {
    for (const place of apkPlaces) {
      const rows = await memo.file(at(place), 'packages', (text) => [...apkPackages(text)], { most: statusLimit })
      if (rows !== undefined) return rows
    }
    return undefined
  }

  async function pacmanRows({ memo, at }: HostFiles): Promise<Row[] | undefined> {
    const names = await memo.names(at(pacmanPlace))
    if (names.length === 0) return undefined
    const rows: Row[] = []
    for (const name of names) {
      const options = { most: descriptionLimit, noLinks: true }
      const row = await memo.file(at(join(pacmanPlace, name, 'desc')), 'packages', pacmanPackage, options)
      if (row != null) rows.push(row)
    }
    return rows
  }

  return async (files: HostFiles): Promise<PackagesRead> => {
    const dpkg = await files.memo.file(files.at(dpkgStatus), 'packages', (text) => [...dpkgPackages(text)], {
      most: statusLimit,
    })
    const { rows: ofRpm, trouble } = await rpmRows(files)
    const lists = [
      dpkg === undefined ? undefined : await since(files, dpkg),
      ofRpm,
      await apkRows(files),
      await pacmanRows(files),
    ].filter((rows) => rows !== undefined)
    if (lists.length > 0) return { rows: lists.flat(), ...(trouble !== undefined && { trouble }) }
    return {
      rows: undefined,
      trouble:
        trouble ?? 'No database of dpkg, rpm, apk or pacman was found; those of other package managers are not read.',
    }
  }
}

/** Files that a package manager holds a lock on while it works. */
const locks = [
  '/var/lib/dpkg/lock-frontend',
  '/var/lib/dpkg/lock',
  '/var/lib/rpm/.rpm.lock',
  '/usr/lib/sysimage/rpm/.rpm.lock',
  '/lib/apk/db/lock',
  '/usr/lib/apk/db/lock',
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
