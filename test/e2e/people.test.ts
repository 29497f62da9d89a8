/** Signing in with one-time codes, and adding a user, in a real browser on a real server. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { codeAt } from '../../apps/server/src/api/one-time-code.ts'
import { startTestServer, type TestServer } from '../../apps/server/src/testing/test-server.ts'
import { chromiumArguments, chromiumPath } from '../../tools/chromium.ts'

const password = 'correct horse battery'
let own: TestServer
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

  await page.goto(`${consoleUrl}/settings`)
  const section = page.getByRole('region', { name: 'One-time codes' })
  await section.locator('input[type=password]').fill(password)
  await section.getByRole('button', { name: 'Set up one-time codes' }).click()
  await section.getByRole('img', { name: 'QR code of the secret' }).waitFor()
  const secret = (await section.locator('code').first().innerText()).trim()
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
