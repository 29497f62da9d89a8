/** The journal of a real systemd-journald, written by logger(1), read through the real journalctl. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Event, parseEvent } from '@rampart/event'
import { createLogSensor, type Sensor } from '@rampart/sensor'

const root = mkdtempSync(join(tmpdir(), 'journal-'))
let daemon: ChildProcess | undefined
const sensors: Sensor[] = []
after(async () => {
  for (const sensor of sensors) await sensor.stop()
  daemon?.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

async function until(done: () => boolean, what: string) {
  const end = Date.now() + 15_000
  while (!done()) {
    assert.ok(Date.now() < end, what)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

const missing =
  process.getuid?.() !== 0
    ? 'needs root for a mount namespace'
    : existsSync('/usr/lib/systemd/systemd-journald') && existsSync('/usr/bin/journalctl')
      ? false
      : 'systemd is not installed'

test('records of a real journal become events, across a restart, each once', { skip: missing }, async () => {
  const script = join(import.meta.dirname, 'journald.sh')
  daemon = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', script, root], { stdio: 'ignore' })
  const socket = join(root, 'run/systemd/journal/dev-log')
  await until(() => existsSync(socket), 'the journal daemon did not start')
  const log = (message: string, tag = 'sshd', facility = 'authpriv') =>
    execFileSync('logger', ['--socket', socket, '--socket-errors=on', '-p', `${facility}.info`, '-t', tag, message])

  const state = join(root, 'state')
  mkdirSync(state)
  const run = () => {
    const events: Event[] = []
    const context = {
      asset: { id: 'web-1', name: 'web-1', kind: 'host' as const },
      bootId: 'boot',
      emit: (event: Event) => void events.push(event),
      report() {},
      stateDirectory: state,
      policy: { watches: [], hashWaitMs: 0, hashLimitBytes: 0, ringBytes: 65_536 },
    }
    const options = { journalAvailable: true, journalDirectory: join(root, 'run/log/journal') }
    const sensor = createLogSensor(context, [{ kind: 'journal' }], options)
    sensors.push(sensor)
    return { events, sensor }
  }
  log('before the first start')
  const first = run()
  await first.sensor.start()
  // journalctl tells nothing before it has opened the files; a record is written until one comes through.
  await until(() => {
    log('Failed password for root from 203.0.113.5 port 40 ssh2')
    return first.events.length > 0
  }, 'no record came')
  log('not of interest', 'app', 'user')
  log('Failed password for alice from 203.0.113.5 port 40 ssh2')
  await until(() => first.events.some((event) => event.user?.name === 'alice'), 'the record did not come')
  await first.sensor.stop()
  assert.ok(first.events.every((event) => event.type !== 'log.recorded' && parseEvent(event).ok))

  log('Accepted publickey for bob from 203.0.113.6 port 41 ssh2: ED25519 SHA256:abc')
  const second = run()
  await second.sensor.start()
  await until(() => second.events.length > 0, 'the record written meanwhile did not come')
  assert.deepEqual(
    second.events.map((event) => [event.type, event.user?.name]),
    [['logon.attempted', 'bob']],
  )
  const [source] = second.sensor.health().sources ?? []
  assert.deepEqual([source?.kind, source?.state, source?.events], ['journal', 'reading', 1])
  await second.sensor.stop()
  const ids = [...first.events, ...second.events].map((event) => event.id)
  assert.equal(new Set(ids).size, ids.length)
})
