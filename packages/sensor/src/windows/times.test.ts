/** Times of Windows records under the names and in the forms that common tools write. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeWindowsRecord } from './decode.ts'

const at = Date.UTC(2026, 3, 1, 10, 0, 0, 250)
const before = () => 7

/** The time of a record, or `undated`. */
function timeOf(row: Record<string, unknown>): number | 'undated' {
  const decoded = decodeWindowsRecord(row, before)
  assert.ok(decoded.ok)
  const [draft] = decoded.drafts
  if (decoded.undated) assert.equal(draft?.at, 7)
  return decoded.undated ? 'undated' : (draft?.at ?? Number.NaN)
}
const flat = (fields: Record<string, unknown>) => timeOf({ EventID: 1, Channel: 'x', ...fields })
const utc = '2026-04-01 10:00:00.250'

test('names of flat records', () => {
  for (const name of ['TimeCreated_SystemTime', 'UtcTime', 'EventTime', 'TimeCreated', 'SystemTime', '@timestamp'])
    assert.equal(flat({ [name]: utc }), at, name)
  for (const name of ['timestamp', 'Timestamp', 'TimeGenerated', '_time', 'time', 'datetime', 'EventReceivedTime'])
    assert.equal(flat({ [name]: utc }), at, name)
  assert.equal(flat({ CreationUtcTime: utc }), 'undated')
})

test('the best name counts, and the next one when it cannot be read', () => {
  assert.equal(flat({ '@timestamp': '2020-01-01T00:00:00Z', UtcTime: utc, EventTime: '2019-01-01 00:00:00' }), at)
  assert.equal(flat({ TimeCreated_SystemTime: '202623T03:54:56Z', UtcTime: utc }), at)
  assert.equal(flat({ TimeCreated_SystemTime: 'Cmd.Exe', UtcTime: '-', '@timestamp': utc }), at)
  // a text of the three is preferred to a number: what looks at unparsed lines sees texts only
  assert.equal(flat({ TimeCreated_SystemTime: 1_500_000_000, UtcTime: utc }), at)
  for (const wrong of [
    '',
    'x 5',
    'Program 7',
    '2026',
    '10:00:00',
    'June',
    '/Date(x)/',
    '2026-99-99T10:00:00Z',
    {},
    true,
    -5,
  ])
    assert.equal(flat({ UtcTime: wrong }), 'undated', String(wrong))
  assert.equal(flat({ UtcTime: `2026-04-01${' '.repeat(100_000)}` }), 'undated')
})

test('forms', () => {
  const forms = {
    'ISO 8601 with a zone': '2026-04-01T12:00:00.250+02:00',
    'seven digits of a second': '2026-04-01T10:00:00.2500000Z',
    'a zone after a space': '2026-04-01 19:00:00.250 +09:00',
    'UTC after a space': '2026-04-01 10:00:00.250 UTC',
    'ConvertTo-Json of Windows PowerShell': `/Date(${at})/`,
    'the same with an offset': `/Date(${at}+0300)/`,
    'PowerShell, a date of its own': { value: `/Date(${at})/`, DisplayHint: 2, DateTime: 'Wednesday, April 1, 2026' },
    'a list': [utc, utc],
    milliseconds: at,
    'milliseconds as text': String(at),
    'seconds with a fraction': at / 1000,
    'seconds as text': `${at / 1000}`,
    'hundreds of nanoseconds since 1601': String((BigInt(at) + 11_644_473_600_000n) * 10_000n),
  }
  for (const [name, form] of Object.entries(forms)) assert.equal(flat({ TimeCreated: form }), at, name)
  assert.equal(flat({ EventTime: 1_775_037_600 }), Date.UTC(2026, 3, 1, 10))
})

test('nested forms', () => {
  const nested = (more: object) => ({ Event: { System: { EventID: 1, Channel: 'x', ...more } } })
  assert.equal(timeOf(nested({ TimeCreated: { '#attributes': { SystemTime: utc } } })), at)
  assert.equal(timeOf(nested({ TimeCreated_attributes: { SystemTime: utc } })), at, 'evtx_dump, Chainsaw')
  assert.equal(timeOf(nested({ TimeCreated: { SystemTime: at / 1000 } })), at, 'Velociraptor')
  assert.equal(timeOf({ ...nested({}), timestamp: utc }), at, 'beside it')
  assert.equal(timeOf(nested({})), 'undated')
  assert.equal(timeOf({ winlog: { event_id: 1, channel: 'x' }, '@timestamp': utc }), at)
  assert.equal(timeOf({ winlog: { event_id: 1, channel: 'x', event_data: { UtcTime: utc } } }), at)
  const separated = decodeWindowsRecord(nested({ Provider_attributes: { Name: 'p' } }), before)
  assert.ok(separated.ok && separated.drafts[0]?.type === 'windows.recorded')
  assert.equal(separated.drafts[0].provider, 'p')
})
