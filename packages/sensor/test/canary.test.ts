/** What somebody takes out of the kernel behind the sensors' back is said, and what is left alone is not. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import koffi from 'koffi'
import { canaryName } from '../src/kernel/canary.ts'
import { type Observation, observe, pause, runScript, skip } from './observe.ts'

/** Two rounds of the canary, and as much again for a busy machine. */
const limitMs = 40_000

/** Descriptors of this process whose `fdinfo` has that line, with the number in it. */
function descriptors(line: RegExp): { fd: number; id: number; text: string }[] {
  return readdirSync('/proc/self/fdinfo').flatMap((fd) => {
    try {
      const text = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')
      const found = line.exec(text)
      return found === null ? [] : [{ fd: Number(fd), id: Number(found[1]), text }]
    } catch {
      return []
    }
  })
}

const canaryOf = (host: Observation) => host.sensors.find(({ name }) => name === canaryName)?.health()

async function fault(host: Observation): Promise<string> {
  for (const until = performance.now() + limitMs; performance.now() < until; await pause(100)) {
    const health = canaryOf(host)
    if (health?.state === 'failed') return health.reason ?? ''
  }
  return assert.fail('nothing was noticed')
}

describe('the canary', { skip }, () => {
  test('is silent while nobody touches anything, also over its own acts', async () => {
    const host = await observe()
    // Each of the five acts at the start and in every round.
    assert.equal(canaryOf(host)?.eventsSeen, 5)
    await pause(16_000)
    assert.ok((canaryOf(host)?.eventsSeen ?? 0) >= 15)
    assert.equal(canaryOf(host)?.state, 'running', canaryOf(host)?.reason)
    assert.deepEqual(
      host.seen('process.started', (event) => event.process.parent?.pid === process.pid),
      [],
    )
    await host.stop()
  })

  test('notices that another process took the handlers of system calls out of their table', async () => {
    const host = await observe()
    const programArray = 3
    const tables = descriptors(/^map_id:\t(\d+)$/m).filter(({ text }) => text.includes(`map_type:\t${programArray}\n`))
    assert.ok(tables.length > 0)
    // BPF_MAP_GET_FD_BY_ID and BPF_MAP_DELETE_ELEM of bpf(2), as any root process may call them.
    const ran = await runScript(`
      const bpf = libc('long syscall(long, int, uint8_t *, unsigned int)')
      const number = process.arch === 'x64' ? 321 : 280
      for (const id of ${JSON.stringify(tables.map(({ id }) => id))}) {
        const ask = Buffer.alloc(128)
        ask.writeUInt32LE(id)
        const fd = Number(bpf(number, 14, ask, 128))
        const key = koffi.alloc('uint32_t', 1)
        for (let call = 0; call < 512; call++) {
          koffi.encode(key, 'uint32_t', call)
          const remove = Buffer.alloc(128)
          remove.writeUInt32LE(fd)
          remove.writeBigUInt64LE(koffi.address(key), 8)
          bpf(number, 3, remove, 128)
        }
      }`)
    assert.equal(ran.status, 0, ran.output)
    const said = await fault(host)
    assert.match(said, /the calls of exit_\w+ were taken away/)
    assert.match(said, /opening a file was not noticed|; and \d+ more/)
    await host.stop()
  })

  test('notices that a program was detached', async () => {
    const host = await observe()
    const links = descriptors(/^link_id:\t(\d+)$/m)
    assert.ok(links.length >= 6, `${links.length} links`)
    // What a debugger in the agent's process would do: the link goes with its last descriptor.
    const close = koffi.load('libc.so.6').func('int close(int)')
    for (const { fd } of links) close(fd)
    const said = await fault(host)
    assert.match(said, /the program \w+ was detached/)
    await host.stop().catch(() => {})
  })

  test('notices that somebody exempted a process of his', async () => {
    const host = await observe()
    const hash = 1
    const own = descriptors(/^map_id:\t(\d+)$/m).filter(
      ({ text }) => text.includes(`map_type:\t${hash}\n`) && text.includes('max_entries:\t1024\n'),
    )
    const ran = await runScript(`
      const bpf = libc('long syscall(long, int, uint8_t *, unsigned int)')
      const number = process.arch === 'x64' ? 321 : 280
      const cell = koffi.alloc('uint32_t', 1)
      koffi.encode(cell, 'uint32_t', 4_000_000)
      for (const id of ${JSON.stringify(own.map(({ id }) => id))}) {
        const ask = Buffer.alloc(128)
        ask.writeUInt32LE(id)
        const update = Buffer.alloc(128)
        update.writeUInt32LE(Number(bpf(number, 14, ask, 128)))
        update.writeBigUInt64LE(koffi.address(cell), 8)
        update.writeBigUInt64LE(koffi.address(cell), 16)
        bpf(number, 2, update, 128)
      }`)
    assert.equal(ran.status, 0, ran.output)
    assert.match(await fault(host), /process 4000000 was exempted/)
    await host.stop()
  })
})
