/** A real headless Chromium, signed in to the console. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { chromiumArguments, chromiumPath } from '../../../tools/chromium.ts'

export const ownPassword = 'a-long-own-password-1'

/** `enter`: words before the browser's command, e.g. to run on a host of its own. */
export async function openBrowser(enter: readonly string[] = []): Promise<BrowserContext> {
  const profile = mkdtempSync(join(tmpdir(), 'rampart-browser-'))
  let executablePath = chromiumPath
  if (enter.length > 0) {
    executablePath = join(profile, 'chromium.sh')
    writeFileSync(executablePath, `#!/bin/sh\nexec ${enter.join(' ')} ${chromiumPath} "$@"\n`, { mode: 0o755 })
  }
  return chromium.launchPersistentContext(profile, {
    executablePath,
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
