/** Kernel programs of a running agent, taken apart by another process: an alert within a minute, and the sensors work again. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { whyNoKernelSensors } from '@rampart/sensor'
import { startServerAndAgent } from './parts/agent.ts'

const koffi = import.meta.resolve('koffi')
const limitMs = 60_000

/** Ids of the tables of programs that a process holds (`BPF_MAP_TYPE_PROG_ARRAY`). */
function programTables(pid: number): number[] {
  return readdirSync(`/proc/${pid}/fdinfo`).flatMap((fd) => {
    try {
      const text = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1')
      const id = /^map_id:\t(\d+)$/m.exec(text)?.[1]
      return text.includes('map_type:\t3\n') && id !== undefined ? [Number(id)] : []
    } catch {
      return []
    }
  })
}

/** Empties them through bpf(2) as `bpftool map delete` does: BPF_MAP_GET_FD_BY_ID, then BPF_MAP_DELETE_ELEM. */
const emptying = (tables: readonly number[]) => `
  import koffi from ${JSON.stringify(koffi)}
  const bpf = koffi.load('libc.so.6').func('long syscall(long, int, uint8_t *, unsigned int)')
  const number = process.arch === 'x64' ? 321 : 280
  const key = koffi.alloc('uint32_t', 1)
  for (const id of ${JSON.stringify(tables)}) {
    const ask = Buffer.alloc(128)
    ask.writeUInt32LE(id)
    const fd = Number(bpf(number, 14, ask, 128))
    for (let call = 0; call < 512; call++) {
      koffi.encode(key, 'uint32_t', call)
      const remove = Buffer.alloc(128)
      remove.writeUInt32LE(fd)
      remove.writeBigUInt64LE(koffi.address(key), 8)
      bpf(number, 3, remove, 128)
    }
  }`

test('kernel programs taken apart are an alert within a minute, and run again', {
  skip: whyNoKernelSensors() ?? false,
}, async (t) => {
  const { api, sensorPid } = await startServerAndAgent(t)
  // The first policy of the server may ask for other sensors than those that the agent began with.
  let before = 0
  let tables: number[] = []
  for (let steady = 0; steady < 6_000; await wait(200)) {
    const now = sensorPid()
    tables = now > 0 ? programTables(now) : []
    steady = now === before && tables.length >= 2 ? steady + 200 : 0
    before = now
  }

  const emptied = spawnSync(process.execPath, ['--input-type=module', '--eval', emptying(tables)], { encoding: 'utf8' })
  assert.equal(emptied.status, 0, emptied.stderr)
  const startedAt = performance.now()
  const raised = async () => (await api.alerts()).find(({ title }) => title === 'Agent taken apart')
  let alert = await raised()
  for (; alert === undefined && performance.now() - startedAt < limitMs; alert = await raised()) await wait(250)
  assert.equal(alert?.type, 'Other', 'no alert within a minute')
  t.diagnostic(`${Math.round((performance.now() - startedAt) / 1000)} s`)

  for (const until = performance.now() + limitMs; ; await wait(200)) {
    const pid = sensorPid()
    if (pid !== before && programTables(pid).length >= 2) break
    assert.ok(performance.now() < until, 'the sensors did not come back')
  }
})
