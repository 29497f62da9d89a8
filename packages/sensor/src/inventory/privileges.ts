/** What gives more rights or starts by itself: set-user-id files, rules of sudo, start items. */
import { lstatSync, type Stats } from 'node:fs'
import { lstat, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as pause } from 'node:timers/promises'
import type { HostFiles } from './host-files.ts'
import { sudoRules } from './parse.ts'
import type { Row } from './things.ts'

const programFolders = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/lib/openssh',
  '/usr/lib/dbus-1.0',
  '/usr/libexec',
  '/opt',
  '/tmp',
  '/var/tmp',
  '/dev/shm',
  '/home',
  '/root',
  '/var/www',
  '/srv',
]

function statHere(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

/** Files with set-user-id or set-group-id bits in the folders of programs and those that anybody may write to; not below. */
export async function readPrivilegedFiles({ memo, at }: HostFiles): Promise<Row[]> {
  const found: Row[] = []
  for (const folder of programFolders) {
    let looked = 0
    // Many files on the disk of the system: a tenth of the cost of asking through threads. Others may hang.
    const isSystem = folder.startsWith('/usr/')
    for (const name of await memo.names(at(folder))) {
      const path = join(folder, name)
      // The mode says it, and no time of the folder does: each is asked. What a link leads to is in its own place.
      const info = isSystem ? statHere(at(path)) : await lstat(at(path)).catch(() => undefined)
      if (info?.isFile() && (info.mode & 0o6000) !== 0)
        found.push([
          path,
          {
            owner: info.uid,
            group: info.gid,
            setUser: (info.mode & 0o4000) !== 0,
            setGroup: (info.mode & 0o2000) !== 0,
            sizeBytes: info.size,
          },
          info.ctimeMs,
        ])
      if (++looked % 100 === 0) await pause()
    }
  }
  return found
}

export async function readSudoRules({ memo, at }: HostFiles): Promise<Row[]> {
  const names = (await memo.names(at('/etc/sudoers.d'))).filter((name) => !/[.~]/.test(name))
  const found: Row[] = []
  for (const path of ['/etc/sudoers', ...names.map((name) => `/etc/sudoers.d/${name}`)]) {
    const rows = await memo.file(at(path), 'sudo', (text, since): Row[] =>
      [...sudoRules(text, path)].map(([name, facts]) => [name, facts, since]),
    )
    found.push(...(rows ?? []))
  }
  return found
}

/** Other things that run when the machine or a session starts. */
export async function readStartItems({ memo, at }: HostFiles): Promise<Row[]> {
  const found: Row[] = []
  for (const folder of [
    '/etc/init.d',
    '/etc/profile.d',
    '/etc/xdg/autostart',
    '/etc/modules-load.d',
    '/etc/NetworkManager/dispatcher.d',
    '/etc/update-motd.d',
    '/etc/udev/rules.d',
  ])
    for (const name of await memo.names(at(folder))) found.push([join(folder, name), { folder }])
  for (const path of ['/etc/rc.local', '/etc/ld.so.preload']) {
    const info = await stat(at(path)).catch(() => undefined)
    if (info?.isFile()) found.push([path, { folder: '/etc' }, info.mtimeMs])
  }
  return found
}
