/** The whole product in a browser: a malicious program is seen, ended and quarantined with one click, and put back with another. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { firstSignIn, openBrowser } from './parts/browser.ts'
import { type Installation, removeState, startInstallation } from './parts/installation.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root: kernel sensors, and ending processes of others'
let installation: Installation
let context: BrowserContext
let page: Page
let evil: ChildProcess | undefined
const place = mkdtempSync(join(tmpdir(), 'rampart-evil-'))
const path = join(place, 'kworkerds')

before(async () => {
  if (skip) return
  installation = await startInstallation({ through: 'launcher' })
  context = await openBrowser()
  page = context.pages()[0] ?? (await context.newPage())
  page.setDefaultTimeout(30_000)
  await firstSignIn(page, installation.console, installation.password ?? '')
})
after(async () => {
  evil?.kill('SIGKILL')
  await context?.close()
  await installation?.stop()
  if (installation) removeState(installation.state)
  rmSync(place, { recursive: true, force: true })
})

test('virus removal and restore from the console', { skip, timeout: 180_000 }, async (t) => {
  // Waits for ever for a file of a name that miners have on their command lines; it mines nothing.
  copyFileSync('/usr/bin/tail', path)
  chmodSync(path, 0o751)
  const before = statSync(path)
  evil = spawn(path, ['-F', 'stratum+tcp://pool.example.com:3333'], { stdio: 'ignore' })
  const { pid } = evil
  t.diagnostic(`before: ${path} mode ${(before.mode & 0o7777).toString(8)}; process ${pid} runs`)
  await page.goto(`${installation.console}/alerts?handled=all`)
  await page.getByRole('row').filter({ hasText: 'kworkerds' }).first().click()
  await page.getByRole('button', { name: 'Virus removal' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(path).first().waitFor()
  await dialog.getByRole('button', { name: 'Virus removal' }).click()
  await page.getByText(`${path} is in quarantine`).first().waitFor()
  assert.equal(existsSync(path), false)
  assert.equal(
    evil.signalCode ?? (await new Promise((resolve) => evil?.once('exit', (_code, by) => resolve(by)))),
    'SIGKILL',
  )
  t.diagnostic(`after: ${path} not there; process ${pid} ended by ${evil.signalCode}`)

  await page.getByRole('link', { name: 'Quarantine', exact: true }).click()
  const row = page.getByRole('row').filter({ hasText: path })
  await row.getByText('In quarantine').waitFor()
  await row.getByRole('button', { name: 'Restore' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click()
  await row.getByText('Restored', { exact: true }).waitFor()
  const restored = statSync(path)
  assert.deepEqual(
    [restored.mode, restored.uid, restored.size, restored.mtimeMs],
    [before.mode, before.uid, before.size, before.mtimeMs],
  )
  t.diagnostic(`undone: ${path} mode ${(restored.mode & 0o7777).toString(8)}, size ${restored.size}`)

  await page.getByRole('link', { name: 'Tasks', exact: true }).click()
  await page.getByText('file.restored').first().waitFor()
  await page.getByText('virus.removed').first().waitFor()
})
