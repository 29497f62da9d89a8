/** Fair turns, merging and shedding. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '@rampart/event'
import { FairQueue } from './fair-queue.ts'

const asset = { id: 'host-1', name: 'web-1', kind: 'host' } as const
let serial = 0

/** An event of a process below a service; `unique` makes its command line one of its own. */
function event(tree: string, unique: boolean, type: 'process.started' | 'process.ended' = 'process.started'): Event {
  const n = ++serial
  const ancestors = [
    { pid: 3, entityId: `${tree}-job` },
    { pid: 2, entityId: `${tree}-service` },
    { pid: 1, entityId: 'init' },
  ]
  const commandLine = unique ? `run ${n}` : 'run'
  const process = { pid: n, entityId: `p-${n}`, executable: '/usr/bin/run', commandLine, ancestors }
  return { schema: 1, id: `host-1/b/${n}`, at: n, asset, sensor: 'ebpf.process', type, process }
}
const treeOf = (one: Event) => one.process?.ancestors?.[0]?.entityId.split('-')[0]
const limits = { maxEvents: 1_000, maxBytes: 100 * 1024 * 1024, mergeAbove: 100 }

test('while nothing is held back events come out in the order in which they came in', () => {
  const queue = new FairQueue(() => assert.fail('nothing is dropped'))
  for (let n = 0; n < 60; n++) queue.push(event(n % 2 ? 'a' : 'b', true))
  const taken = queue.take(1_000)
  assert.equal(taken.length, 60)
  assert.deepEqual(
    taken.map(({ at }) => at),
    taken.map(({ at }) => at).sort((x, y) => x - y),
  )
  assert.equal(queue.length, 0)
})

test('a flood in one process tree does not hide the few events of another', () => {
  const dropped: Record<string, number> = {}
  const queue = new FairQueue((type, count) => {
    dropped[type] = (dropped[type] ?? 0) + count
  }, limits)
  for (let n = 0; n < 50_000; n++) {
    queue.push(event('flood', true))
    if (n % 1_000 === 0) queue.push(event('quiet', true))
  }
  const first = queue.take(200)
  assert.equal(first.filter((one) => treeOf(one) === 'quiet').length, 50, 'all of the quiet tree, in the first turn')
  let rest = 0
  for (let part = queue.take(100); part.length > 0; part = queue.take(100)) rest += part.length
  assert.equal(first.length + rest + (dropped['process.started'] ?? 0), 50_050, 'taken + dropped = pushed')
})

test('a flood from one container does not hide another container, whatever their processes', () => {
  let dropped = 0
  const queue = new FairQueue((_type, count) => {
    dropped += count
  }, limits)
  // Every event of the flood is a process tree of its own: only the container tells that they belong together.
  const inContainer = (id: string, tree: string) => ({ ...event(tree, true), container: { id } })
  for (let n = 0; n < 20_000; n++) {
    queue.push(inContainer('flooding', `tree${n}`))
    if (n % 1_000 === 0) queue.push(inContainer('quiet', `other${n}`))
  }
  const quiet = queue.take(100).filter((one) => one.container?.id === 'quiet')
  assert.equal(quiet.length, 20, 'all of the quiet one, in the first turn')
  let rest = 100
  for (let part = queue.take(100); part.length > 0; part = queue.take(100)) rest += part.length
  assert.equal(rest + dropped, 20_020, 'taken + dropped = pushed')
})

test('repeats in a flood are merged and counted, first come keeps its id', () => {
  const queue = new FairQueue(() => assert.fail('nothing is dropped'), limits)
  for (let n = 0; n < 10_000; n++) queue.push(event('flood', false))
  const taken = queue.take(1_000)
  assert.equal(
    taken.reduce((sum, one) => sum + (one.count ?? 1), 0),
    10_000,
  )
  assert.ok(taken.length <= 102)
  assert.equal(queue.merged, 10_000 - taken.length)
  for (let n = 0; n < 5; n++) queue.push(event('flood', false))
  assert.equal(queue.take(10).length, 5, 'nothing is merged once the flood is over')
})

test('when all is full the low-value events of the longest lane go first', () => {
  const dropped: string[] = []
  const queue = new FairQueue((type) => dropped.push(type), limits)
  for (let n = 0; n < 500; n++) queue.push(event('a', true, 'process.ended'))
  for (let n = 0; n < 490; n++) queue.push(event('a', true))
  for (let n = 0; n < 100; n++) queue.push(event('b', true))
  assert.ok(dropped.length > 0)
  assert.ok(dropped.every((type) => type === 'process.ended'))
})

test('memory is bounded by size as well: long command lines count', () => {
  let dropped = 0
  const queue = new FairQueue(() => dropped++, { ...limits, maxBytes: 1024 * 1024 })
  for (let n = 0; n < 100; n++) {
    const one = event('a', true)
    if (one.process) one.process.commandLine = `${n}`.padEnd(50_000, 'x')
    queue.push(one)
  }
  assert.ok(queue.length <= 6 && dropped >= 94, `${queue.length} held`)
})
