import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import type { Event } from '@rampart/event'
import { outbox } from './outbox.ts'
import { openSequence } from './sequence.ts'

const event = (id: string) => ({ id }) as Event
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

test('events go out in order, though one has to wait', async () => {
  const sent: string[] = []
  const box = outbox(({ id }) => sent.push(id))
  box.push(event('1'))
  box.hold(event('2'), pause(20), 1000)
  box.push(event('3'))
  assert.deepEqual(sent, ['1'])
  await pause(40)
  assert.deepEqual(sent, ['1', '2', '3'])
  box.push(event('4'))
  assert.deepEqual(sent, ['1', '2', '3', '4'])
})

test('no event waits longer than its limit', async () => {
  const sent: string[] = []
  const box = outbox(({ id }) => sent.push(id))
  box.hold(event('1'), new Promise(() => {}), 20)
  box.hold(event('2'), Promise.resolve(), 20)
  await pause(60)
  assert.deepEqual(sent, ['1', '2'])
})

test('what waits at the end is sent', () => {
  const sent: string[] = []
  const box = outbox(({ id }) => sent.push(id))
  box.hold(event('1'), new Promise(() => {}), 50)
  box.push(event('2'))
  box.flush()
  assert.deepEqual(sent, ['1', '2'])
})

test('numbers never repeat within a boot, and begin again with the next', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'rampart-sequence-'))
  try {
    const first = openSequence(directory, 'kernel', 'boot-1')
    assert.equal(first.next(), 1)
    assert.equal(first.next(), 2)
    const again = openSequence(directory, 'kernel', 'boot-1')
    assert.ok(again.next() > 2)
    assert.equal(openSequence(directory, 'kernel', 'boot-2').next(), 1)
    const nowhere = openSequence(path.join(directory, 'sequence-kernel'), 'kernel', 'boot-1')
    assert.ok(nowhere.next() > 1_000_000_000)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
