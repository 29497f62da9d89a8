/** When hellos can only come from two machines. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TwinHello, Twins } from './twins.ts'

const hello = (over: Partial<TwinHello> = {}): TwinHello => ({
  bootId: 'boot-1',
  machineId: 'machine-1',
  enrolledMachineId: 'machine-1',
  tookOver: false,
  ...over,
})

test('restarts of one machine are no copy', () => {
  const twins = new Twins()
  for (const bootId of ['boot-1', 'boot-1', 'boot-2', 'boot-2', 'boot-3'])
    assert.equal(twins.hello('a', hello({ bootId }), 0), null)
  const other = new Twins()
  for (let at = 0; at < 20; at++) other.hello('a', hello({ tookOver: true }), at * 5 * 60_000)
  assert.equal(other.of('a'), null, 'a bad network, not a copy')
})

test('a boot that was over speaks again', () => {
  const twins = new Twins()
  twins.hello('a', hello(), 0)
  twins.hello('a', hello({ bootId: 'boot-2' }), 1)
  assert.equal(twins.of('a'), null)
  assert.match(twins.hello('a', hello(), 2) ?? '', /two running systems/)
  assert.equal(twins.hello('a', hello({ bootId: 'boot-2' }), 3), null, 'said once')
  assert.match(twins.of('a') ?? '', /two running systems/)
  assert.equal(twins.of('b'), null)
  twins.forget('a')
  assert.equal(twins.of('a'), null)
})

test('another machine id than at enrolment; a host without one says nothing', () => {
  const twins = new Twins()
  assert.match(twins.hello('a', hello({ machineId: 'machine-2' }), 0) ?? '', /machine id/)
  for (const odd of [{ machineId: '' }, { machineId: undefined }, { enrolledMachineId: '' }])
    assert.equal(new Twins().hello('a', hello(odd), 0), null)
})

test('copies of a running system push each other out', () => {
  const twins = new Twins()
  let said = null
  for (let at = 0; at < 4; at++) said ??= twins.hello('a', hello({ tookOver: true }), at * 15_000)
  assert.match(said ?? '', /pushing each other out/)
})
