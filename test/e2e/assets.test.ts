/** Servers page in a real browser: filters, sorting, choosing, changing many, editions; scope of a defence item. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enrolAgent, TestAgent } from '../../apps/server/src/testing/test-agent.ts'
import { startTestServer } from '../../apps/server/src/testing/test-server.ts'
import { axeFindings } from './parts/axe.ts'
import { firstSignIn, openBrowser } from './parts/browser.ts'

test('servers are found, chosen and changed together', async (t) => {
  const shared = await startTestServer()
  const browser = await openBrowser()
  const agents: TestAgent[] = []
  t.after(async () => {
    await browser.close()
    for (const agent of agents) agent.cut()
    await shared.end()
  })
  for (const name of ['db-1', 'web-1', 'web-2']) {
    const enrolment = await enrolAgent(shared.server.createEnrolmentToken().token, `machine-${name}`, name)
    const agent = new TestAgent(enrolment, 'spool-1', name)
    await agent.connect()
    agents.push(agent)
  }
  const page = browser.pages()[0] ?? (await browser.newPage())
  await firstSignIn(page, shared.server.consoleUrl, shared.server.firstUser?.password ?? '')
  await page.goto(`${shared.server.consoleUrl}/assets`)
  const rows = page.locator('tbody tr')
  await rows.nth(2).waitFor()
  assert.deepEqual(await axeFindings(page), [])

  await page.getByRole('checkbox', { name: 'Choose web-1' }).click()
  await page.getByRole('checkbox', { name: 'Choose web-2' }).click({ modifiers: ['Shift'] })
  await page.getByText('2 chosen').waitFor()
  await page.getByRole('button', { name: 'Change group, tags, edition' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Group').fill('web')
  await dialog.getByRole('textbox', { name: 'Edition' }).click()
  await page.getByRole('option', { name: 'Basic' }).click()
  await dialog.getByText('Unusual logons, agents that fall silent').waitFor()
  await dialog.getByLabel('Add tags').fill('public')
  await page.keyboard.press('Enter')
  assert.deepEqual(await axeFindings(page), [])
  await dialog.getByRole('button', { name: 'Save' }).click()
  await rows.filter({ hasText: 'web-1' }).getByText('Basic').waitFor()
  await rows.filter({ hasText: 'web-2' }).getByText('public').waitFor()

  await page.goto(`${shared.server.consoleUrl}/assets?group=web&sort=name&order=desc`)
  await rows.nth(1).waitFor()
  assert.equal(await rows.count(), 2)
  assert.match((await rows.first().textContent()) ?? '', /web-2/)

  // An alert of a type that Basic does not have is not raised; that of the database server is.
  const [db, web] = agents
  await web?.deliver(1, [web.started(1, 'bash -i >& /dev/tcp/web')])
  await db?.deliver(1, [db.started(1, 'bash -i >& /dev/tcp/db')])
  await page.goto(`${shared.server.consoleUrl}/alerts`)
  await page.getByText('Shell over a socket').first().waitFor()
  assert.equal(await page.getByText('web-1').count(), 0)

  await page.getByRole('button', { name: /defence items/i }).click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('button', { name: /Servers of Suspicious Process/ }).click()
  // The box around it takes the click of a person; the field itself has no size while nothing is chosen.
  await page.getByRole('textbox', { name: 'Groups' }).click({ force: true })
  await page.getByRole('option', { name: 'web' }).click()
  await page.getByRole('button', { name: 'Protect these' }).click()
  await panel.getByText('1 group or server').waitFor()
  assert.deepEqual(await axeFindings(page), [])
})
