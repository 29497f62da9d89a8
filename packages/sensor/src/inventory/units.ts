/** Units of systemd: those of the system, and those that run in the sessions of users. */
import { readlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { HostFiles } from './host-files.ts'
import { type HomeOf, unitFacts } from './parse.ts'
import type { Row } from './things.ts'

/** Highest precedence first, systemd.unit(5). */
const systemFolders = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/lib/systemd/system',
  '/usr/lib/systemd/system',
]
/** For the sessions of all users. */
const sessionFolders = ['/etc/systemd/user', '/usr/local/lib/systemd/user', '/usr/lib/systemd/user']
/** Below the home of one user. */
const homeFolders = ['.config/systemd/user', '.local/share/systemd/user']
const unitName = /\.(?:service|timer|socket|path)$/
const textLimit = 65_536

export async function readUnits(files: HostFiles, homes: readonly HomeOf[]): Promise<Row[]> {
  const running = new Set(await files.memo.names(files.at('/sys/fs/cgroup/system.slice')))
  const found: Row[] = []
  const add = async (
    folders: readonly string[],
    label: (name: string) => string,
    more: Record<string, string>,
    noLinks: boolean,
  ) => {
    const wanted = await wantedNames(files, folders)
    const seen = new Set<string>()
    for (const folder of folders)
      for (const name of await files.memo.names(files.at(folder))) {
        // The first folder counts; and /lib may be another name of /usr/lib.
        if (!unitName.test(name) || seen.has(name)) continue
        seen.add(name)
        const path = join(folder, name)
        const unit = await files.memo.file(files.at(path), 'unit', readUnit, { most: textLimit, noLinks })
        if (unit === undefined) {
          if ((await linkOf(files.at(path))) === '/dev/null')
            found.push([label(name), { path, ...more, starts: 'masked' }])
          continue
        }
        const { installable, since, ...facts } = unit
        const link = isDecided(folder) ? await linkOf(files.at(path)) : undefined
        const isAlias = link !== undefined && basename(link) !== name
        const starts = wanted.has(name) ? 'enabled' : isAlias ? 'alias' : installable ? 'disabled' : 'static'
        const isService = name.endsWith('.service') && more.session === undefined
        found.push([
          label(name),
          { path, ...facts, ...more, starts, ...(isService ? { running: running.has(name) } : {}) },
          since,
        ])
      }
  }
  await add(systemFolders, (name) => name, {}, false)
  await add(sessionFolders, (name) => `${name} (every user)`, { session: 'every user' }, false)
  for (const { account, home } of homes)
    await add(
      homeFolders.map((folder) => join(home, folder)),
      (name) => `${name} (user ${account})`,
      { session: account },
      true,
    )
  return found
}

function readUnit(text: string, since: number) {
  return { ...unitFacts(text), installable: /^\[Install\]\s*$/m.test(text), since }
}

/** Units that others want or require: what `systemctl enable` leaves. */
async function wantedNames({ memo, at }: HostFiles, folders: readonly string[]): Promise<Set<string>> {
  const wanted = new Set<string>()
  for (const folder of folders)
    for (const name of await memo.names(at(folder)))
      if (/\.(?:wants|requires|upholds)$/.test(name))
        for (const unit of await memo.names(at(join(folder, name)))) wanted.add(unit)
  return wanted
}

/** Where administrators and `systemctl enable` leave links to units. */
const isDecided = (folder: string) => folder.startsWith('/etc/') || folder.includes('/.config/')

/** Where a link leads; undefined for what is none. */
async function linkOf(path: string): Promise<string | undefined> {
  return readlink(path).catch(() => undefined)
}
