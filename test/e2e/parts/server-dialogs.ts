/** What a person does about agents on the Servers page: a line for a new server, tokens taken back, agents removed. */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { axeFindings } from './axe.ts'

/** Makes the line of Add server and copies it as a person does; the dialog stays open and follows the new server. */
export async function copyInstallLine(page: Page, console: string): Promise<string> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: console })
  await page.goto(`${console}/assets`)
  await page.getByRole('button', { name: 'Add server' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Make command' }).click()
  await dialog.getByText('Waiting for a server to enrol').waitFor()
  assert.deepEqual(await axeFindings(page), [])
  await dialog.getByRole('button', { name: 'Copy command' }).click()
  return page.evaluate<string>('navigator.clipboard.readText()')
}

/** The dialog of Add server turns green: first events of the new server have come. Closes it. */
export async function seeFirstEvents(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog')
  await dialog.locator('[data-state="events"]').waitFor({ timeout: 120_000 })
  await dialog.getByRole('button', { name: 'Done' }).click()
  await dialog.waitFor({ state: 'detached' })
}

/** Takes back every token that is open. Returns how many. */
export async function revokeOpenTokens(page: Page): Promise<number> {
  await page.getByRole('button', { name: 'Enrolment tokens' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('row').nth(1).waitFor()
  const revoke = dialog.getByRole('button', { name: /^Revoke/ })
  const open = await revoke.count()
  assert.deepEqual(await axeFindings(page), [])
  for (let left = open; left > 0; left--) {
    await revoke.first().click()
    await revoke.nth(left - 1).waitFor({ state: 'detached' })
  }
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await dialog.waitFor({ state: 'detached' })
  return open
}

/** Removes the agent of a server from the list of servers and waits until the dialog says that it is done. */
export async function uninstallAgent(page: Page, console: string, server: string): Promise<void> {
  await page.goto(`${console}/assets`)
  await page.getByRole('checkbox', { name: `Choose ${server}` }).click()
  await page.getByRole('button', { name: 'Uninstall agent' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Blocked addresses are let in again').waitFor()
  assert.deepEqual(await axeFindings(page), [])
  await dialog.getByLabel('Why').fill('Moved to another server.')
  await dialog.getByRole('button', { name: 'Uninstall' }).click()
  await dialog.getByText('The agent, its service and its state were removed.').waitFor({ timeout: 120_000 })
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await page
    .getByRole('row', { name: new RegExp(server) })
    .getByText('Uninstalled')
    .waitFor()
}
