/** Filters in the address and their meaning for rows of the live stream; text that hides something. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesSearch } from '../src/features/alerts/match.ts'
import { filterOf, readAlertSearch } from '../src/features/alerts/search.ts'
import { describeEvent } from '../src/parts/describe-event.ts'
import { makeAlert } from './fixture/data.ts'

const now = Date.now()
const row = { ...makeAlert(0), state: 'unhandled' as const, level: 'Urgent' as const }

test('an address with unknown names and values is read without them', () => {
  const search = readAlertSearch({
    level: ['Urgent', 'Loud'],
    type: 'Webshell',
    last: '5y',
    sort: 'x',
    handled: 'yes',
    evil: '1',
  })
  assert.deepEqual(search, { level: ['Urgent'], type: ['Webshell'], handled: 'yes' })
})

test('a filter by state asks for handled ones too', () => {
  assert.equal(filterOf({ state: ['ignored'] }).handled, 'all')
  assert.equal(filterOf({}).handled, 'no')
})

test('live rows are matched as the server does', () => {
  assert.ok(matchesSearch(row, {}, now))
  assert.ok(!matchesSearch({ ...row, state: 'ignored' }, {}, now))
  assert.ok(matchesSearch({ ...row, state: 'ignored' }, { handled: 'yes' }, now))
  assert.ok(!matchesSearch(row, { handled: 'yes' }, now))
  assert.ok(matchesSearch(row, { level: ['Urgent', 'Notice'] }, now))
  assert.ok(!matchesSearch(row, { level: ['Notice'] }, now))
  assert.ok(matchesSearch(row, { q: `${row.asset.name.toUpperCase()} bash` }, now))
  assert.ok(!matchesSearch(row, { q: 'nothing-like-it' }, now))
  assert.ok(!matchesSearch(row, { last: '1h' }, now + 2 * 3_600_000))
})

test('a line of the timeline says the telling part of an event', () => {
  assert.equal(describeEvent({ type: 'process.started', process: { commandLine: 'id -u' } } as never), 'id -u')
  const connected = { type: 'network.connected', destination: { address: '2001:db8::1', port: 443 } }
  assert.equal(describeEvent(connected as never), '[2001:db8::1]:443')
  assert.equal(describeEvent({ type: 'unknown.kind' }), '')
})
