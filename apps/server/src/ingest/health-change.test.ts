/** What two heartbeats say about an agent that got worse. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SensorHealth } from '../store/agents.ts'
import { healthNews, integritySensor } from './health-change.ts'

const sensor = (name: string, over: Partial<SensorHealth> = {}): SensorHealth => ({
  sensor: name,
  state: 'running',
  eventsSeen: 0,
  eventsLost: 0,
  lostByCause: {},
  capabilities: {},
  ...over,
})
const beat = (sensors: SensorHealth[], dropped: Record<string, number> = {}) => ({ sensors, dropped })

test('a sensor that worked and does not is news once; one that never worked is none', () => {
  const good = beat([sensor('ebpf.process')])
  const bad = beat([sensor('ebpf.process', { state: 'failed', reason: 'killed by SIGKILL' })])
  assert.deepEqual(healthNews(good, bad), [{ state: 'degraded', reason: 'ebpf.process: killed by SIGKILL' }])
  assert.deepEqual(healthNews(bad, bad), [])
  assert.deepEqual(healthNews(undefined, bad), [])
  assert.deepEqual(healthNews(good, beat([sensor('ebpf.process', { state: 'unavailable' })])), [])
})

test('an agent taken apart is told at once, also at the first heartbeat, and again when more is gone', () => {
  const gone = (reason: string) => beat([sensor(integritySensor, { state: 'failed', reason })])
  assert.equal(healthNews(undefined, gone('/x was removed'))[0]?.state, 'tampered')
  assert.deepEqual(healthNews(gone('/x was removed'), gone('/x was removed')), [])
  assert.equal(healthNews(gone('/x was removed'), gone('/x was removed; /y was removed')).length, 1)
})

test('lost events are counted from heartbeat to heartbeat, by cause; a few are no event of their own', () => {
  const before = beat([sensor('ebpf.file', { eventsLost: 10 })], { 'file.written:spool-full': 5 })
  const after = beat([sensor('ebpf.file', { eventsLost: 1_010 })], { 'file.written:spool-full': 505 })
  assert.deepEqual(healthNews(before, after), [
    { state: 'losing-events', reason: 'file.written:spool-full: 500, ebpf.file: 1000', lost: 1_500 },
  ])
  assert.deepEqual(healthNews(before, beat([sensor('ebpf.file', { eventsLost: 20 })])), [])
  assert.deepEqual(healthNews(after, before), [], 'counters that begin anew')
})
