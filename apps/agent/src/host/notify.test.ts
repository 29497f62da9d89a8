/** Datagrams to the service manager, received on a real socket. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import koffi from 'koffi'
import { openNotifier } from './notify.ts'

const dontWait = 0x40

/** A unix datagram socket that is bound to a path, or to an abstract name. */
function receiver(name: string) {
  const libc = koffi.load('libc.so.6')
  const socket = libc.func('int socket(int, int, int)')
  const bind = libc.func('int bind(int, const uint8_t *, uint32_t)')
  const receive = libc.func('int64_t recv(int, _Out_ uint8_t *, size_t, int)')
  const close = libc.func('int close(int)')
  const fd = socket(1, 2, 0)
  const address = Buffer.concat([
    Buffer.from([1, 0]),
    Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : `${name}\0`),
  ])
  assert.equal(bind(fd, address, address.length), 0)
  return {
    next: async () => {
      const bytes = Buffer.alloc(256)
      for (let tries = 0; tries < 200; tries++) {
        const length = Number(receive(fd, bytes, bytes.length, dontWait))
        if (length >= 0) return bytes.toString('utf8', 0, length)
        await wait(10)
      }
      return 'nothing'
    },
    close: () => close(fd),
  }
}

for (const kind of ['a path', 'an abstract name'])
  test(`ready once, then signs of life until it stops, over ${kind}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'notify-test-'))
    const name = kind === 'a path' ? join(folder, 'notify') : `@rampart-notify-${process.pid}`
    const socket = receiver(name)
    t.after(() => {
      socket.close()
      rmSync(folder, { recursive: true })
    })
    const notifier = await openNotifier({ NOTIFY_SOCKET: name, WATCHDOG_USEC: '100000' })
    notifier.ready()
    assert.equal(await socket.next(), 'READY=1\nWATCHDOG_USEC=100000\nWATCHDOG=1')
    assert.equal(await socket.next(), 'WATCHDOG=1')
    assert.equal(await socket.next(), 'WATCHDOG=1')
    notifier.stop()
    let last = 'WATCHDOG=1'
    while (last === 'WATCHDOG=1') last = await socket.next()
    assert.equal(last, 'WATCHDOG_USEC=180000000', 'who takes its place has time until it is ready')
  })

test('without a service manager nothing is sent and nothing fails', async () => {
  for (const path of ['', 'relative', `/${'x'.repeat(200)}`, '/nowhere/notify']) {
    const notifier = await openNotifier({ NOTIFY_SOCKET: path })
    notifier.ready()
    notifier.stop()
  }
})
