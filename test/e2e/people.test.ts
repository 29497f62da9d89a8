/** Signing in with one-time codes, and adding a user, in a real browser on a real server. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { codeAt } from '../../apps/server/src/api/one-time-code.ts'
import { TestConsole } from '../../apps/server/src/testing/test-console.ts'
import { startTestServer, type TestServer } from '../../apps/server/src/testing/test-server.ts'
import { chromiumArguments, chromiumPath } from '../../tools/chromium.ts'

const password = 'correct horse battery'
let codeSecret = ''
let own: TestServer
/** A session of the administrator; each step of the codes is good once, so the next one is taken. */
async function signedInAgain(): Promise<string> {
  const client = new TestConsole(own.server.consoleUrl)
  const code = codeAt(codeSecret, Math.floor(Date.now() / 30_000) + 1)
  assert.equal((await client.signIn('admin', password, code)).status, 200)
  return client.cookie.replace('rampart_session=', '')
}
let browser: Browser

before(async () => {
  own = await startTestServer()
  browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArguments })
})
after(async () => {
  await browser?.close()
  await own?.end()
})

test('one-time codes are set up with a QR code, asked for at sign-in, and a recovery code stands in', async () => {
  const page = await browser.newPage({ locale: 'en-GB' })
  const refused: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) refused.push(message.text())
  })
  const { consoleUrl, firstUser } = own.server
  const enter = async (secret: string) => {
    await page.getByLabel('User name').fill('admin')
    await page.getByLabel('Password').fill(secret)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  await page.goto(consoleUrl)
  await enter(firstUser?.password ?? '')
  await page.locator('input[name=next]').fill(password)
  await page.locator('input[name=again]').fill(password)
  await page.locator('button[type=submit]').click()
  await page.waitForURL('**/alerts')

  await page.goto(`${consoleUrl}/settings/account`)
  const section = page.getByRole('region', { name: 'One-time codes' })
  await section.locator('input[type=password]').fill(password)
  await section.getByRole('button', { name: 'Set up one-time codes' }).click()
  await section.getByRole('img', { name: 'QR code of the secret' }).waitFor()
  const secret = (await section.locator('code').first().innerText()).trim()
  codeSecret = secret
  await section.locator('input[name=code]').fill(codeAt(secret, Math.floor(Date.now() / 30_000)))
  await section.getByRole('button', { name: 'Turn on' }).click()
  const recovery = await section.locator('li code').first().innerText()
  await section.getByRole('button', { name: 'I have kept them' }).click()

  await page.goto(`${consoleUrl}/settings/users`)
  await page.getByRole('button', { name: 'Add user' }).click()
  await page.getByLabel('Name').fill('mia')
  await page.getByRole('dialog').getByRole('button', { name: 'Add user' }).click()
  await page.getByText('It is shown this once').waitFor()

  await page.context().clearCookies()
  await page.goto(`${consoleUrl}/settings/users`)
  await enter(password)
  await page.getByLabel('One-time code').fill('000000x')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('The code is wrong or was used before.').waitFor()
  await page.getByLabel('One-time code').fill(recovery)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/settings/users')
  await page.getByText('mia').waitFor()
  assert.deepEqual(refused, [], 'nothing of it needs more than the content security policy allows')
})

test('an API token is made, used and revoked with the keyboard alone; the palette finds the pages of the settings', async () => {
  const page = await browser.newPage({ locale: 'en-GB' })
  const { consoleUrl } = own.server
  const admin = await signedInAgain()
  await page.context().addCookies([{ name: 'rampart_session', value: admin, url: consoleUrl }])
  await page.goto(`${consoleUrl}/alerts`)
  await page.locator('h1').first().waitFor()
  const { keyboard } = page
  await keyboard.press('Control+k')
  await page.getByRole('combobox').fill('my acc')
  await page.getByRole('option', { name: 'My account' }).waitFor()
  await keyboard.press('Enter')
  await page.waitForURL('**/settings/account')

  await page.getByRole('button', { name: 'Make token' }).focus()
  await keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).and(page.locator(':focus')).waitFor()
  await keyboard.type('nightly report')
  await keyboard.press('Enter')
  await dialog.getByText('it is shown this once').waitFor()
  const text = await dialog.locator('code').innerText()
  const ask = () => fetch(`${consoleUrl}/api/v1/alerts`, { headers: { authorization: `Bearer ${text}` } })
  assert.equal((await ask()).status, 200)
  await keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })

  await page.reload()
  const row = page.getByRole('row', { name: 'nightly report' })
  await row.getByText('127.0.0.1').waitFor()
  await row.getByRole('button', { name: 'Revoke nightly report' }).focus()
  await keyboard.press('Enter')
  await dialog.getByText('are refused from now on').waitFor()
  await dialog.getByRole('button', { name: 'Revoke' }).focus()
  await keyboard.press('Enter')
  await page.getByText('There are no tokens yet.').waitFor()
  assert.equal((await ask()).status, 401)

  const bar = page.getByRole('navigation', { name: 'Settings' })
  const pages = await bar.getByRole('link').allInnerTexts()
  assert.deepEqual(pages, [
    ...['My account', 'General', 'Server settings', 'Users', 'Audit trail', 'Notifications', 'API', 'About'],
  ])
  for (const name of pages) {
    await bar.getByRole('link', { name, exact: true }).click()
    await page.getByRole('heading', { level: 1, name }).waitFor()
  }
})
