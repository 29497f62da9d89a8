/** The details of an alert from a window: what they name as its end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer } from '../testing/test-server.ts'

test('of events with the same time the one that fulfilled the window stands first', async () => {
  const own = await startTestServer({})
  try {
    const console = new TestConsole(own.server.consoleUrl)
    await console.begin(own.server.firstUser ?? { name: '', password: '' })
    const agent = new TestAgent(await enrolAgent(own.server.createEnrolmentToken().token))
    await agent.connect()
    // a log of whole seconds: all ten have one time
    const at = Math.floor(Date.now() / 1000) * 1000
    const events = Array.from({ length: 10 }, (_, index) => ({
      ...agent.started(index + 1, `count-me ${index + 1}`),
      at,
    }))
    await agent.deliver(1, events)
    const [row] = (await console.call('listAlerts')).body.items
    const until = Date.now() + 10_000
    let detail = (await console.call('getAlert', { id: row.id })).body
    // the other nine are brought from the archive
    while (detail.evidence.length < 10 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      detail = (await console.call('getAlert', { id: row.id })).body
    }
    const commands = detail.evidence.map((event: { process: { commandLine: string } }) => event.process.commandLine)
    assert.deepEqual(
      commands,
      Array.from({ length: 10 }, (_, index) => `count-me ${10 - index}`),
    )
    assert.match(
      detail.summary,
      /ran count-me 10\. It is the last of 10 events within \d+ (second|minute)s? that belong together\.$/,
    )
    agent.cut()
  } finally {
    await own.end()
  }
})
