import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecordHead } from '../kernel/wire.ts'
import type { ExecRecord } from './decode.ts'
import { ProcessTable } from './table.ts'
import { describe, type SeededProcess } from './tracked.ts'

const second = 1e9
const make = (known: SeededProcess[] = []) =>
  new ProcessTable({
    bootId: 'boot',
    wallMs: (ns) => ns / 1e6,
    nameOf: (uid) => (uid === 0 ? 'root' : undefined),
    read: (pid) => known.find((process) => process.pid === pid),
  })
const head = (pid: number, startNs: number, more: Partial<RecordHead> = {}): RecordHead => ({
  timeNs: startNs,
  startNs,
  cgroup: 1,
  type: 1,
  flags: 0,
  pid,
  tid: pid,
  parentPid: 1,
  uid: 0,
  euid: 0,
  gid: 0,
  mountNamespace: 1,
  name: `p${pid}`,
  ...more,
})
const exec = (pid: number, startNs: number, ...args: string[]): ExecRecord => ({
  head: head(pid, startNs),
  parentStartNs: 0,
  key: { device: 1, inode: 1, sizeBytes: 1, mtimeNs: 0n, ctimeNs: 0n },
  mode: 0o100755,
  ownerId: 0,
  sessionId: 1,
  executable: args[0] ?? '/bin/x',
  executableTruncated: false,
  workingDirectory: '/',
  cgroup: [],
  arguments: args,
  argumentsTruncated: false,
  terminal: undefined,
  fileless: false,
})
const fork = (table: ProcessTable, parentPid: number, parentNs: number, childPid: number, childNs: number) =>
  table.forked({ head: head(parentPid, parentNs), childPid, childStartNs: childNs, parentPid, parentStartNs: parentNs })
const seeded = (pid: number, parentPid: number, startTicks: number): SeededProcess => ({
  pid,
  parentPid,
  startTicks,
  uid: 0,
  euid: 0,
  gid: 0,
  name: `s${pid}`,
  executable: `/bin/s${pid}`,
  image: { arguments: [`s${pid}`, '--seeded'] },
})

test('a seeded process and its traced self are one', () => {
  const table = make()
  table.seed([seeded(20, 1, 500), seeded(1, 0, 1)])
  const child = fork(table, 20, 5 * second + 123, 30, 6 * second)
  assert.deepEqual(
    describe(child).ancestors?.map((ancestor) => ancestor.pid),
    [20, 1],
  )
  assert.equal(describe(child).parent?.commandLine, 's20 --seeded')
  assert.equal(table.size, 3)
})

test('a fork without exec inherits program and arguments, not the identity', () => {
  const table = make()
  table.seed([seeded(1, 0, 1)])
  fork(table, 1, 0, 10, second)
  table.executed(exec(10, second, '/usr/sbin/daemon', '-x'))
  const worker = describe(fork(table, 10, second, 11, 2 * second))
  assert.equal(worker.executable, '/usr/sbin/daemon')
  assert.deepEqual(worker.arguments, ['/usr/sbin/daemon', '-x'])
  assert.equal(worker.pid, 11)
  assert.notEqual(worker.entityId, worker.parent?.entityId)
})

test('a pid used again, even in the same hundredth of a second, is another process', () => {
  const table = make()
  table.seed([seeded(1, 0, 1)])
  fork(table, 1, 0, 10, second)
  table.executed(exec(10, second, '/bin/first'))
  const child = fork(table, 10, second, 11, second + 1000)
  table.ended(head(10, second, { timeNs: second + 2000 }))
  fork(table, 1, 0, 10, second + 3000)
  table.executed(exec(10, second + 3000, '/bin/second'))
  assert.equal(describe(child).parent?.executable, '/bin/first')
  assert.equal(describe(table.of(head(10, second + 3000))).executable, '/bin/second')
  // A record that comes late still finds the first one.
  assert.equal(describe(table.of(head(10, second))).executable, '/bin/first')
})

test('a parent that is younger than its child has the pid of one that ended, and is none', () => {
  const table = make([seeded(40, 20, 700)])
  table.seed([seeded(1, 0, 1), seeded(20, 1, 500), seeded(30, 20, 400)])
  assert.equal(describe(table.of(head(30, 4 * second))).parent, undefined)
  fork(table, 1, 0, 20, 9 * second)
  assert.equal(describe(table.of(head(40, 7 * second, { parentPid: 20 }))).parent, undefined)
})

test('ended processes are forgotten after a while, not at once', () => {
  const table = make()
  for (let pid = 100; pid < 200; pid++) {
    fork(table, 1, 0, pid, pid * second)
    table.ended(head(pid, pid * second, { timeNs: pid * second }))
  }
  assert.ok(table.size < 20, `${table.size} kept`)
  assert.equal(table.byPid(199)?.pid, 199)
})

test('a chain of processes that fork and end is cut at 64 ancestors', () => {
  const table = make()
  table.seed([seeded(1, 0, 1)])
  let last = fork(table, 1, 0, 2, second)
  for (let step = 1; step < 1000; step++) {
    const startNs = (step + 1) * second
    last = fork(table, last.pid, last.startNs ?? 0, last.pid + 1, startNs)
    table.ended(head(last.pid - 1, step * second, { timeNs: startNs }))
  }
  assert.ok((describe(last).ancestors?.length ?? 0) <= 64)
  let length = 0
  for (let above = last.parent; above; above = above.parent) length++
  assert.ok(length <= 65, `${length} processes kept alive`)
})

test('a process nobody announced is read from /proc, or made of its record', () => {
  const table = make([seeded(40, 1, 700)])
  assert.equal(describe(table.of(head(40, 7 * second))).executable, '/bin/s40')
  const unknown = describe(table.of(head(41, 8 * second)))
  assert.equal(unknown.name, 'p41')
  assert.equal(unknown.executable, undefined)
  assert.equal(table.unannounced, 2)
})

test('what is described once is shared until something above changes', () => {
  const table = make()
  table.seed([seeded(1, 0, 1)])
  const shell = fork(table, 1, 0, 10, second)
  const child = fork(table, 10, second, 11, 2 * second)
  const first = describe(child)
  assert.equal(describe(child), first)
  table.executed(exec(10, second, '/bin/other'))
  assert.equal(shell.identity.executable, '/bin/other')
  assert.notEqual(describe(child), first)
  assert.equal(describe(child).parent?.executable, '/bin/other')
})

test('user names come with ids, the effective id only when it differs', () => {
  const table = make()
  assert.deepEqual(table.user(0, 0, 0), { id: 0, name: 'root', groupId: 0 })
  assert.deepEqual(table.user(1000, 0, 100), { id: 1000, effectiveId: 0, groupId: 100 })
})
