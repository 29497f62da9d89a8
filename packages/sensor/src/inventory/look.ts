/** A look at the whole host → its inventory. Everything read is bounded; what cannot be read leaves its kind out. */
import { readdir, readlink, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setImmediate as pause } from 'node:timers/promises'
import { describeContainerFiles } from './containers.ts'
import { cronJobs, documentRoots, dpkgPackages, kernelModules, listeningSocket, sudoRules, unitFacts } from './parse.ts'
import { readText } from './read-text.ts'
import { collectThings, type Inventory } from './things.ts'

type Row = readonly [name: string, facts: Record<string, string | number | boolean | undefined>]

const statusLimit = 64 * 1024 * 1024
const filesLimit = 5000

const list = async (path: string) => (await readdir(path).catch(() => [] as string[])).slice(0, filesLimit).sort()

/** Looks at everything. `root` stands before every path but those of /proc: another tree for tests. */
export async function lookAtHost(root = '/', proc = '/proc'): Promise<Inventory> {
  const at = (path: string) => join(root, path)
  const inventory: Inventory = {}
  const take = async (kind: keyof Inventory, rows: () => Promise<Row[] | undefined>) => {
    const found = await rows().catch(() => undefined)
    if (found) inventory[kind] = collectThings(found)
    await pause()
  }
  await take('package', async () => {
    const text = await readText(at('/var/lib/dpkg/status'), statusLimit)
    return text === undefined ? undefined : [...dpkgPackages(text)]
  })
  await take('port', () => ports(proc))
  await take('unit', () => units(at))
  await take('job', () => jobs(at))
  await take('module', async () => {
    const text = await readText(join(proc, 'modules'))
    return text === undefined ? undefined : [...kernelModules(text)]
  })
  await take('web-root', () => webRoots(at))
  await take('container', () => describeContainerFiles(at))
  await take('privileged-file', () => privilegedFiles(at))
  await take('sudo-rule', async () => {
    const found: Row[] = []
    const files = [
      '/etc/sudoers',
      ...(await list(at('/etc/sudoers.d')))
        .filter((name) => !/[.~]/.test(name))
        .map((name) => `/etc/sudoers.d/${name}`),
    ]
    for (const path of files) found.push(...sudoRules((await readText(at(path))) ?? '', path))
    return found
  })
  await take('start-item', () => startItems(at))
  return inventory
}

/** Who holds which socket: inode → process. At most 20,000 descriptors are looked at. */
async function socketOwners(proc: string): Promise<Map<string, string>> {
  const owners = new Map<string, string>()
  let looked = 0
  for (const pid of await list(proc)) {
    if (!/^\d+$/.test(pid) || looked > 20_000) continue
    const descriptors = await list(join(proc, pid, 'fd'))
    let program: string | undefined
    for (const descriptor of descriptors) {
      looked++
      const target = await readlink(join(proc, pid, 'fd', descriptor)).catch(() => '')
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
      if (inode === undefined || owners.has(inode)) continue
      program ??= (await readlink(join(proc, pid, 'exe')).catch(() => '')).replace(/ \(deleted\)$/, '')
      owners.set(inode, program)
    }
    await pause()
  }
  return owners
}

async function ports(proc: string): Promise<Row[] | undefined> {
  const sockets: { protocol: 'tcp' | 'udp'; address: string; port: number; inode: string }[] = []
  for (const protocol of ['tcp', 'udp'] as const)
    for (const family of ['', '6']) {
      const text = await readText(join(proc, 'net', `${protocol}${family}`))
      if (text === undefined && family === '') return undefined
      for (const line of (text ?? '').split('\n').slice(1)) {
        const socket = listeningSocket(line, protocol)
        // A client's UDP socket on a port of the moment is no service.
        if (socket && (protocol === 'tcp' || socket.port < 32_768)) sockets.push({ protocol, ...socket })
      }
    }
  const owners = await socketOwners(proc)
  return sockets.map(({ protocol, address, port, inode }) => [
    `${protocol} ${address.includes(':') ? `[${address}]` : address}:${port}`,
    { protocol, address, port, program: owners.get(inode), everywhere: address === '0.0.0.0' || address === '::' },
  ])
}

const unitFolders = [
  '/etc/systemd/system',
  '/usr/local/lib/systemd/system',
  '/lib/systemd/system',
  '/usr/lib/systemd/system',
]

async function units(at: (path: string) => string): Promise<Row[]> {
  const found: Row[] = []
  for (const folder of unitFolders)
    for (const name of await list(at(folder))) {
      if (!/\.(?:service|timer|socket|path)$/.test(name)) continue
      const text = await readText(at(join(folder, name)), 65_536)
      if (text !== undefined) found.push([name, { path: join(folder, name), ...unitFacts(text) }])
    }
  return found
}

async function jobs(at: (path: string) => string): Promise<Row[]> {
  const found: Row[] = [...cronJobs((await readText(at('/etc/crontab'))) ?? '', '/etc/crontab', true)]
  for (const name of await list(at('/etc/cron.d')))
    found.push(...cronJobs((await readText(at(join('/etc/cron.d', name)))) ?? '', join('/etc/cron.d', name), true))
  for (const folder of ['/var/spool/cron/crontabs', '/var/spool/cron'])
    for (const name of await list(at(folder)))
      found.push(...cronJobs((await readText(at(join(folder, name)))) ?? '', join(folder, name), false, name))
  for (const often of ['hourly', 'daily', 'weekly', 'monthly'])
    for (const name of await list(at(`/etc/cron.${often}`)))
      if (!name.startsWith('.'))
        found.push([
          `/etc/cron.${often}/${name}`,
          { path: `/etc/cron.${often}/${name}`, schedule: often, user: 'root', command: `/etc/cron.${often}/${name}` },
        ])
  return found
}

async function webRoots(at: (path: string) => string): Promise<Row[]> {
  const places = [
    ['nginx', ['/etc/nginx/nginx.conf'], ['/etc/nginx/conf.d', '/etc/nginx/sites-enabled']],
    [
      'apache',
      ['/etc/apache2/apache2.conf', '/etc/httpd/conf/httpd.conf'],
      ['/etc/apache2/sites-enabled', '/etc/apache2/conf-enabled', '/etc/httpd/conf.d'],
    ],
    ['caddy', ['/etc/caddy/Caddyfile'], ['/etc/caddy/conf.d']],
  ] as const
  const found: Row[] = []
  for (const [server, files, folders] of places) {
    const all = [
      ...files,
      ...(
        await Promise.all(folders.map(async (folder) => (await list(at(folder))).map((name) => join(folder, name))))
      ).flat(),
    ]
    for (const path of all) found.push(...documentRoots((await readText(at(path))) ?? '', server, path))
  }
  return found
}

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

/** Files with set-user-id or set-group-id bits in the folders of programs and those that anybody may write to; not below. */
async function privilegedFiles(at: (path: string) => string): Promise<Row[]> {
  const found: Row[] = []
  for (const folder of programFolders) {
    let looked = 0
    for (const name of await list(at(folder))) {
      const path = join(folder, name)
      const info = await stat(at(path)).catch(() => undefined)
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
        ])
      if (++looked % 200 === 0) await pause()
    }
  }
  return found
}

/** Other things that run when the machine or a session starts. */
async function startItems(at: (path: string) => string): Promise<Row[]> {
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
    for (const name of await list(at(folder))) found.push([join(folder, name), { folder }])
  for (const path of ['/etc/rc.local', '/etc/ld.so.preload'])
    if ((await stat(at(path)).catch(() => undefined))?.isFile()) found.push([path, { folder: '/etc' }])
  return found
}

/** Whether a package manager runs now: its lock is there and held, or its processes are. */
export async function packagesAtWork(proc = '/proc'): Promise<boolean> {
  for (const pid of await list(proc)) {
    if (!/^\d+$/.test(pid)) continue
    const name = basename((await readText(join(proc, pid, 'comm'), 64))?.trim() ?? '')
    if (/^(?:dpkg|apt|apt-get|aptitude|unattended-upgr|rpm|dnf5?|yum|zypper|pacman|apk|snapd)$/.test(name)) return true
  }
  return false
}
