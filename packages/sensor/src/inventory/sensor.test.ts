import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Event, parseEvent } from '@rampart/event'
import fc from 'fast-check'
import { accountChanges, takeSnapshot } from './accounts.ts'
import { keyFingerprints } from './keys.ts'
import { createLedger } from './ledger.ts'
import { createInventorySensor } from './sensor.ts'

const root = mkdtempSync(join(tmpdir(), 'inventory-'))
after(() => rmSync(root, { recursive: true, force: true }))
const mark = (field: string) => `m${field}`
const snapshot = (passwd: string, shadow: string, group = '') => takeSnapshot({ passwd, shadow, group, mark })
const changes = (before: ReturnType<typeof snapshot>, now: ReturnType<typeof snapshot>) =>
  accountChanges(before, now, 1).map((draft) =>
    draft.type === 'account.changed'
      ? [draft.operation, draft.account.name, draft.account.group].filter(Boolean).join(' ')
      : '',
  )

test('each kind of change has its own event', () => {
  const before = snapshot(
    'root:x:0:0::/root:/bin/bash\na:x:1000:1000::/home/a:/bin/sh\nb:x:1001:1001::/home/b:/bin/sh\n',
    'root:$y$1:1::::::\na:$y$2:1::::::\nb:!$y$3:1::::::\n',
    'sudo:x:27:b\n',
  )
  const now = snapshot(
    'root:x:0:0::/root:/bin/bash\na:x:0:0::/home/a:/bin/bash\nc::1002:1002::/home/c:/bin/sh\n',
    'root:$y$9:1::::::\na:!$y$2:1::::::\n',
    'sudo:x:27:a\n',
  )
  assert.deepEqual(changes(before, now), [
    ...[
      'password-changed root',
      'uid-changed a',
      'shell-changed a',
      'locked a',
      'created c',
      'password-removed c',
      'removed b',
    ],
    ...['group-added a sudo', 'group-removed b sudo'],
  ])
  assert.deepEqual(changes(now, now), [])
})

test('any text gives a snapshot, and its changes are valid events', () => {
  const piece = fc.constantFrom(':', 'x', '0', 'root', '\n', '!', '__proto__', '/bin/sh', ',', 'constructor', ' ', '#')
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(text, text, text, text, (passwd, shadow, group, other) => {
      const drafts = accountChanges(snapshot(passwd, shadow, group), snapshot(other, shadow, passwd), 5)
      for (const draft of drafts) {
        const parsed = parseEvent({
          ...draft,
          schema: 1,
          id: 'a/b/c',
          sensor: 's',
          asset: { id: 'a', name: 'a', kind: 'host' },
        })
        assert.deepEqual(parsed.ok ? undefined : parsed.issue, undefined)
      }
    }),
  )
})

test('keys are known by the fingerprint that ssh-keygen prints', () => {
  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS'
  const text = `# comment ssh-ed25519 ${blob}\nfrom="192.0.2.1",command="echo hi" ssh-ed25519 ${blob} me@example.com\nnonsense\nssh-rsa short\n`
  assert.equal(keyFingerprints(text).length, 1)
  assert.match(keyFingerprints(text)[0] ?? '', /^SHA256:[A-Za-z0-9+/]{43}$/)
})

test('changes are seen within a second, and those made while it was stopped at the next start', async () => {
  const directory = join(root, 'etc')
  const home = join(root, 'home')
  mkdirSync(join(home, '.ssh'), { recursive: true })
  mkdirSync(directory)
  const write = (passwd: string, shadow: string) => {
    writeFileSync(join(directory, 'passwd'), passwd)
    writeFileSync(join(directory, 'shadow'), shadow)
  }
  writeFileSync(join(directory, 'group'), '')
  write(`a:x:1000:1000::${home}:/bin/sh\n`, 'a:$y$secret:1::::::\n')
  const events: Event[] = []
  const make = () =>
    createInventorySensor(
      {
        asset: { id: 'h', name: 'h', kind: 'host' },
        bootId: 'b',
        emit: (event) => events.push(event),
        report() {},
        stateDirectory: join(root, 'state'),
        policy: { watches: [], hashWaitMs: 0, hashLimitBytes: 0, ringBytes: 65_536 },
      },
      createLedger(join(root, 'state/host-inventory.json')),
      { directory, intervalMs: 200 },
    )
  const found = () =>
    events.map((event) => (event.type === 'account.changed' ? `${event.operation} ${event.account.name}` : ''))
  const first = make()
  await first.start()
  assert.deepEqual(found(), [])
  write(`a:x:0:0::${home}:/bin/sh\n`, 'a:$y$secret:1::::::\n')
  const end = Date.now() + 2000
  while (events.length === 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(found(), ['uid-changed a'])
  await first.stop()

  writeFileSync(
    join(home, '.ssh/authorized_keys'),
    `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS x\n`,
  )
  write(`a:x:0:0::${home}:/bin/sh\n`, 'a::1::::::\n')
  const second = make()
  await second.start()
  assert.deepEqual(found(), ['uid-changed a', 'password-removed a', 'key-added a'])
  assert.ok(events.every((event) => parseEvent(event).ok))
  assert.equal(second.health().state, 'running')
  await second.stop()
  assert.doesNotMatch(readFileSync(join(root, 'state/inventory.json'), 'utf8'), /secret/)
})
