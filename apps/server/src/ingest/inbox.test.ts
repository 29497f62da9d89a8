import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Inbox } from './inbox.ts'

const arrival = (source: string, sequence: number, bytes: number) => ({
  batch: { source, spoolId: 'a', sequence, receivedAt: 0, events: [] },
  bytes,
  refused: [],
  acknowledge: () => {},
})

test('unpacked bytes of all sources are bounded, and a source of which nothing waits is never full', async () => {
  const inbox = new Inbox()
  inbox.push(arrival('one', 1, 40 * 2 ** 20))
  assert.equal(inbox.isFull('one'), false)
  inbox.push(arrival('one', 2, 24 * 2 ** 20))
  assert.equal(inbox.isFull('one'), true)
  assert.equal(inbox.isFull('two'), false)
  await inbox.room('two')
  inbox.push(arrival('two', 1, 1))
  assert.equal(inbox.isFull('two'), true)

  let hasRoom = false
  const room = inbox.room('two').then((is) => {
    hasRoom = is
  })
  await Promise.resolve()
  assert.equal(hasRoom, false)
  const units = inbox.receive()
  const unit = (await units.next()).value ?? []
  for (const { acknowledge } of unit) acknowledge()
  await room
  assert.equal(hasRoom, true)
  assert.equal(inbox.isFull('one'), false)
  assert.equal(inbox.size(), 0)
})

test('nobody waits for room in an inbox that is closed', async () => {
  const inbox = new Inbox()
  inbox.push(arrival('one', 1, 64 * 2 ** 20))
  const room = inbox.room('one')
  inbox.close()
  assert.equal(await room, false)
})
