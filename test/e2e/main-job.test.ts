/** The main job: real acts on this host, seen as alerts in a real browser within two seconds, with the right process chain. */
import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { cronWrite, downloadAndExecute, preloadWrite, reverseShell, startSshServer } from './parts/acts.ts'
import { firstSignIn, openBrowser } from './parts/browser.ts'
import { freePort, type Installation, removeState, startInstallation } from './parts/installation.ts'

/** An alert must be in the page this long after the act ended, at the latest. */
const withinMs = 2000

const skip = process.getuid?.() === 0 ? false : 'needs root: kernel sensors and mount namespaces'

let installation: Installation
let browser: BrowserContext
let page: Page

before(async () => {
  if (skip) return
  installation = await startInstallation()
  assert.ok(installation.password, 'the first start prints a one-time password')
  browser = await openBrowser()
  page = browser.pages()[0] ?? (await browser.newPage())
  page.setDefaultTimeout(10_000)
  await firstSignIn(page, installation.console, installation.password)
  await page.goto(`${installation.console}/alerts`)
  await page.getByRole('grid').waitFor()
})

after(async () => {
  await browser?.close()
  await installation?.stop()
  if (installation) removeState(installation.state)
})

/** Waits for a row that holds all `words`; fails with what is on the page instead. */
async function seeAlert(...words: string[]): Promise<number> {
  const startedAt = performance.now()
  let row = page.getByRole('row')
  for (const word of words) row = row.filter({ hasText: word })
  try {
    await row.first().waitFor({ timeout: withinMs })
  } catch {
    const shown = await page.getByRole('row').allInnerTexts()
    assert.fail(
      `no alert with ${words.join(' and ')} within ${withinMs} ms; on the page:\n${shown.join('\n---\n')}\n${installation.output()}`,
    )
  }
  return performance.now() - startedAt
}

/** Opens the alert, reads the chain from the details, closes them again. */
async function chainOf(...words: string[]): Promise<{ chain: string[]; marked: string }> {
  let row = page.getByRole('row')
  for (const word of words) row = row.filter({ hasText: word })
  await row.first().click()
  try {
    return await readChain()
  } finally {
    await page.keyboard.press('Escape')
    // A pointer over the list holds new rows back.
    await page.mouse.move(5, 5)
  }
}

async function readChain(): Promise<{ chain: string[]; marked: string }> {
  await page.getByRole('tab', { name: 'Process tree' }).click()
  const tree = page.getByRole('tree', { name: 'Process tree' })
  await tree.waitFor()
  const unfold = tree.getByRole('button', { name: /more ancestor/ })
  if (await unfold.isVisible()) await unfold.click()
  const chain = await tree.getByRole('treeitem').locator('> :first-child').allInnerTexts()
  const marked = await tree.locator('[aria-current] > :first-child').first().innerText()
  return { chain, marked }
}

test('a reverse shell is seen, and its details show the shell below the process that started it', {
  skip,
}, async () => {
  const { port } = await reverseShell()
  await seeAlert('everse shell')
  const { chain, marked } = await chainOf('everse shell')
  assert.match(marked, /bash/)
  assert.ok(chain.length >= 3, `the chain reaches up to the first process:\n${chain.join('\n')}`)
  assert.ok(
    chain.some((line) => line.includes(`/dev/tcp/127.0.0.1/${port}`)),
    chain.join('\n'),
  )
})

test('a job written to /etc/cron.d is seen under the path that the writer sees', { skip }, async () => {
  const finished = await cronWrite()
  assert.equal(finished.code, 0, finished.output)
  await seeAlert('/etc/cron.d/system-update')
  const { marked } = await chainOf('/etc/cron.d/system-update')
  assert.match(marked, /bash/)
})

test('a write to /etc/ld.so.preload is seen', { skip }, async () => {
  const finished = await preloadWrite()
  assert.equal(finished.code, 0, finished.output)
  await seeAlert('ld.so.preload')
  const { marked } = await chainOf('ld.so.preload')
  assert.match(marked, /bash/)
})

test('a program fetched from a web server and run from /tmp is seen', { skip }, async () => {
  const { path, finished } = await downloadAndExecute()
  assert.equal(finished.code, 0, finished.output)
  await seeAlert('ownload', path.split('/').at(-1) ?? '')
  const { marked } = await chainOf('ownload', path.split('/').at(-1) ?? '')
  assert.ok(marked.includes(path), marked)
})

test('ten failed logons over ssh and one success are seen', { skip, timeout: 120_000 }, async () => {
  const sshd = await startSshServer(installation.logs.auth, await freePort())
  try {
    const failed = await Promise.all(Array.from({ length: 10 }, (_, index) => sshd.logon(`wrong-${index}`)))
    assert.ok(failed.every((code) => code !== 0))
    await seeAlert('SSH password guessing from one address', '127.0.0.1')
    assert.equal(await sshd.logon(sshd.password), 0)
    await seeAlert('ucceeded', '127.0.0.1')
  } finally {
    await sshd.stop()
  }
})

test('an attack in a web access log is seen', { skip }, async () => {
  const now = new Date()
  const month = now.toLocaleString('en', { month: 'short', timeZone: 'UTC' })
  const two = (value: number) => String(value).padStart(2, '0')
  const time = `${two(now.getUTCDate())}/${month}/${now.getUTCFullYear()}:${two(now.getUTCHours())}:${two(now.getUTCMinutes())}:${two(now.getUTCSeconds())} +0000`
  appendFileSync(
    installation.logs.access,
    `203.0.113.77 - - [${time}] "GET /item?id=1%27%20UNION%20SELECT%20user,password%20FROM%20users--%20- HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n`,
  )
  await seeAlert('SQL injection', '203.0.113.77')
})

test('the numbers on top count what was seen, and the page has no error', { skip }, async () => {
  await page.getByRole('row').nth(6).waitFor()
  const banners = await page.getByRole('alert').allInnerTexts()
  assert.deepEqual(
    banners.filter((text) => /fail/i.test(text)),
    [],
  )
})
