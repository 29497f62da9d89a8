/** A real headless Chromium, signed in to the console. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { chromiumArguments, chromiumPath } from '../../../tools/chromium.ts'

export const ownPassword = 'a-long-own-password-1'

export async function openBrowser(): Promise<BrowserContext> {
  return chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'rampart-browser-')), {
    executablePath: chromiumPath,
    headless: true,
    viewport: { width: 1440, height: 900 },
    args: chromiumArguments,
  })
}

/** Signs in with the one-time password, sets an own one, and ends on the Alerts page. */
export async function firstSignIn(page: Page, console: string, password: string): Promise<void> {
  await page.goto(console)
  await page.getByLabel('User name').fill('admin')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('New password', { exact: true }).fill(ownPassword)
  await page.getByLabel('New password again').fill(ownPassword)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByRole('navigation').first().waitFor()
}

/** Signs in with the password that `firstSignIn` has set. */
export async function signIn(page: Page, console: string): Promise<void> {
  await page.goto(console)
  await page.getByLabel('User name').fill('admin')
  await page.getByLabel('Password', { exact: true }).fill(ownPassword)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation').first().waitFor()
}
