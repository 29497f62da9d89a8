/** A real agent tells a real server what its host has; the host changes; server and agent are stopped, restored, started. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Database } from '@rampart/alert'
import { hashPassword } from '../api/passwords.ts'
import { migrations } from '../store/migrations.ts'
import { People } from '../store/people.ts'
import { RealAgent, until } from '../testing/real-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

const sensors = fileURLToPath(new URL('../../../agent/test/inventory-sensors.ts', import.meta.url))
const password = 'correct horse battery'

let shared: TestServer
let browser: TestConsole
const agent = new RealAgent(sensors)

function put(path: string, text: string): void {
  const full = join(agent.state, 'sensors/root', path)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, text)
}
const packageText = (name: string, version: string) =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n\n`
const ports = (...lines: string[]) => ['  sl  local_address', ...lines].join('\n')
const port22 = '   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1001 1 0'
const port8080 = '   1: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 1002 1 0'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function signIn(): Promise<void> {
  browser = new TestConsole(shared.server.consoleUrl)
  await browser.signIn('admin', password)
}
const things = async (query: string) =>
  (await browser.call('listInventoryThings', { id: agent.assetId, query })).body as {
    items: { name: string; facts: Record<string, unknown>; since: string | null; changedAt: string | null }[]
    total: number
  }
const names = async (kind: string) => (await things(`kind=${kind}`)).items.map(({ name }) => name)
const changes = async () =>
  (await browser.call('listInventoryChanges', { id: agent.assetId })).body.items.map(
    ({ kind, operation, name }: Record<string, string>) => `${kind} ${operation} ${name}`,
  )

before(async () => {
  put('var/lib/dpkg/status', packageText('nginx', '1.22.1-9') + packageText('openssl', '3.0.11-1~deb12u2'))
  put('proc/net/tcp', ports(port22))
  put('proc/net/udp', ports())
  put('proc/modules', 'ext4 1024 1 - Live 0x0\n')
  put('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nshop:x:1000:1000:Shop:/home/shop:/bin/sh\n')
  put('etc/shadow', 'root:!:1::::::\nshop:$y$x:1::::::\n')
  put('etc/group', 'root:x:0:\nsudo:x:27:shop\nshop:x:1000:\n')
  put('etc/nginx/nginx.conf', 'server {\n root /srv/shop;\n}\n')
  put(
    'etc/systemd/system/shop.service',
    '[Service]\nExecStart=/opt/shop/server\n[Install]\nWantedBy=multi-user.target\n',
  )
  put('home/shop/.config/systemd/user/sync.timer', '[Timer]\nOnCalendar=daily\n')
  // The agent has to find it again after a restart.
  shared = await startTestServer({ agentListen: `127.0.0.1:${await freePort()}` })
  browser = new TestConsole(shared.server.consoleUrl)
  await browser.begin(shared.server.firstUser ?? { name: '', password: '' }, password)
  await agent.start(shared.server.createEnrolmentToken().token)
})
after(async () => {
  await agent.remove()
  await shared?.end()
})

test('all kinds of things reach the server by themselves, with what is known of each', async () => {
  const {
    kinds,
    supported,
    agent: state,
  } = await until('every kind is there', async () => {
    const { body } = await browser.call('getInventory', { id: agent.assetId })
    return body.kinds.length >= 12 ? body : null
  })
  const counts = Object.fromEntries(kinds.map(({ kind, count }: { kind: string; count: number }) => [kind, count]))
  assert.deepEqual([supported, state], [true, 'online'])
  assert.deepEqual(
    [counts.package, counts.port, counts.unit, counts.module, counts.account, counts.group, counts['web-root']],
    [2, 1, 2, 1, 2, 3, 1],
  )
  assert.equal(counts['ssh-key'], 0, 'none is another thing than not told')
  assert.equal(counts.container, undefined)
  const [shop] = (await things('kind=account&q=shop')).items
  assert.deepEqual([shop?.facts.groups, shop?.facts.password, shop?.facts.id], ['sudo', 'set', 1000])
  const units = await things('kind=unit')
  assert.deepEqual(
    units.items.map(({ name, facts }) => [name, facts.session, facts.starts]),
    [
      ['shop.service', undefined, 'disabled'],
      ['sync.timer (user shop)', 'shop', 'static'],
    ],
  )
  assert.deepEqual(await changes(), [], 'the first look is no change')
  assert.equal((await things('q=openssl')).total, 1)
})

test('an upgrade, a port, an account: each is told once, with before and after', async () => {
  put('var/lib/dpkg/status', packageText('nginx', '1.22.1-10') + packageText('redis', '7.0'))
  put('proc/net/tcp', ports(port22, port8080))
  put(
    'etc/passwd',
    'root:x:0:0:root:/root:/bin/bash\nshop:x:1000:1000:Shop:/home/shop:/bin/bash\neve:x:0:0::/:/bin/sh\n',
  )
  const expected = [
    'account added eve',
    'account changed shop',
    'package added redis:amd64',
    'package changed nginx:amd64',
    'package removed openssl:amd64',
    'port added tcp 0.0.0.0:8080',
    'web-server changed nginx',
  ]
  const found = await until('everything was told', async () => {
    const list: string[] = await changes()
    return list.length >= expected.length ? list : null
  })
  assert.deepEqual(found.sort(), expected)
  const [upgraded] = (await browser.call('listInventoryChanges', { id: agent.assetId, query: 'q=nginx%20-10' })).body
    .items
  assert.deepEqual([upgraded.before.version, upgraded.after.version], ['1.22.1-9', '1.22.1-10'])
  const { items } = await things('kind=package&sort=since&order=desc')
  assert.deepEqual(
    items.map(({ name, since, changedAt }) => [name, since !== null, changedAt !== null]),
    [
      ['redis:amd64', true, false],
      ['nginx:amd64', false, true],
    ],
  )
})

test('what changed while the server was away is told when it is back, and a restored server gets the whole', async () => {
  await until('nothing is under way', async () => (await names('package')).length === 2)
  const database = join(shared.directory, 'state', 'rampart.db')
  const copy = join(shared.directory, 'copy.db')
  await shared.restart(() => {
    copyFileSync(database, copy)
    put('var/lib/dpkg/status', packageText('nginx', '1.24') + packageText('redis', '7.0'))
  })
  await signIn()
  const version = async () => (await things('kind=package&q=nginx')).items[0]?.facts.version
  await until('the newer version is there', async () => (await version()) === '1.24')

  await shared.restart(() => {
    for (const more of ['-wal', '-shm']) rmSync(`${database}${more}`, { force: true })
    copyFileSync(copy, database)
  })
  await signIn()
  await until('the newer version is there again', async () => (await version()) === '1.24')
  assert.equal((await changes()).filter((one: string) => one === 'package changed nginx:amd64').length, 2)
})

test('servers are found by package and version, by port, by account', async () => {
  const search = async (query: string) => (await browser.call('searchInventory', { query })).body
  const { items, assets, told } = await search('name=nginx&version=1.25&test=below')
  assert.deepEqual([items.length, assets, told, items[0].asset.id], [1, 1, 1, agent.assetId])
  assert.equal((await search('name=nginx&version=1.24&test=below')).total, 0)
  assert.equal((await search('name=nginx&version=1.24&test=at%20least')).total, 1)
  assert.equal((await search('name=ngin*')).total, 1)
  assert.equal((await search('name=ngin')).total, 0)
  assert.equal((await search('kind=port&name=8080')).items[0].name, 'tcp 0.0.0.0:8080')
  assert.equal((await search('kind=account&name=eve')).items[0].facts.id, 0)
  assert.equal((await search('kind=unit&name=*.timer*')).items[0].name, 'sync.timer (user shop)')
})

test('who may not see a server finds nothing of what it has', async () => {
  const opened = Database.open(join(shared.directory, 'state/rampart.db'), migrations)
  assert.ok(opened.ok)
  const people = new People(opened.database)
  for (const group of ['blue', 'red']) {
    people.add(group, 'viewer', await hashPassword(password), false, Date.now())
    people.setGroups(group, [group])
  }
  opened.database.close()
  assert.equal((await browser.call('changeAssets', { body: { ids: [agent.assetId], group: 'red' } })).status, 200)
  const found: Record<string, number[]> = {}
  for (const group of ['blue', 'red']) {
    const bound = new TestConsole(shared.server.consoleUrl)
    await bound.signIn(group, password)
    const { total, assets, told } = (await bound.call('searchInventory', { query: 'name=nginx' })).body
    found[group] = [total, assets, told, (await bound.call('listInventoryThings', { id: agent.assetId })).status]
  }
  assert.deepEqual(found, { blue: [0, 0, 0, 404], red: [1, 1, 1, 200] })
})

test('a removed server leaves nothing behind', async () => {
  await agent.end('SIGTERM')
  assert.equal((await browser.call('removeAsset', { id: agent.assetId })).status, 200)
  assert.equal((await browser.call('getInventory', { id: agent.assetId })).status, 404)
  assert.equal((await browser.call('searchInventory', { query: 'name=nginx' })).body.total, 0)
})
