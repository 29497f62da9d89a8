/** Deep cleanup and isolation in a browser, on a host of its own: what is shown, what is on the host before, after, and after each undo. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { axeFindings } from './parts/axe.ts'
import { firstSignIn, openBrowser } from './parts/browser.ts'
import { type Installation, removeState, startInstallation } from './parts/installation.ts'
import { addresses, type OwnHost, startOwnHost } from './parts/own-host.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root: kernel sensors, namespaces, the firewall'
const { host: here, attacker, colleague } = addresses
const place = mkdtempSync(join(tmpdir(), 'rampart-evil-'))
let host: OwnHost
let installation: Installation
let context: BrowserContext
let page: Page

before(async () => {
  if (skip) return
  host = await startOwnHost()
  installation = await startInstallation({ through: 'launcher', enter: host.enter })
  context = await openBrowser(host.enter)
  page = context.pages()[0] ?? (await context.newPage())
  page.setDefaultTimeout(30_000)
  await firstSignIn(page, installation.console, installation.password ?? '')
})
after(async () => {
  await context?.close()
  await installation?.stop()
  host?.stop()
  if (installation) removeState(installation.state)
  rmSync(place, { recursive: true, force: true })
})

test('deep cleanup: the plan is shown and changes nothing, then all of it goes, then each part comes back by its own undo', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const [cron, keys, copy] = ['/etc/cron.d/job', '/root/.ssh/authorized_keys', '/var/tmp/.cache-1']
  const path = join(place, 'kworkerds')
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleOfTheAttacker x'
  host.run(`
    cp /usr/bin/tail ${path}
    echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleOfTheOwner owner@example.com' > ${keys}
    printf 'SHELL=/bin/sh\\n0 0 1 1 * root /usr/bin/true\\n' > ${cron}`)
  const steps = [
    `cp ${path} ${copy}`,
    `echo '* * * * * root ${path} --quiet' >> ${cron}`,
    `sh -c "echo '${key}' >> ${keys}"`,
    `exec ${path} -F stratum+tcp://pool.example.com:3333`,
  ]
  host.spawn('sh', '-c', steps.join('; '))
  const running = () => host.run(`pgrep -f '^${path} ' | wc -l`).trim()
  const files = () => host.run(`sha256sum ${path} ${copy} 2>&1; cat ${cron} ${keys}; stat -c %a ${cron} ${keys}`)

  await page.goto(`${installation.console}/alerts?handled=all`)
  await page.getByRole('row').filter({ hasText: 'cryptocurrency miner' }).first().click()
  const before = files()
  t.diagnostic(`before: ${running()} process\n${before}`)
  assert.equal(running(), '1')
  await page.getByRole('button', { name: 'Respond', exact: true }).click()
  const cleanUp = page.getByRole('menuitem', { name: 'Deep cleanup' })
  await cleanUp.waitFor()
  assert.deepEqual(await axeFindings(page), [], 'the open menu')
  await cleanUp.click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Nothing is changed until you choose').waitFor()
  await cleanUp.waitFor({ state: 'detached' })
  assert.deepEqual(await axeFindings(page), [], 'the dialog')
  await dialog.getByRole('button', { name: 'Deep cleanup' }).click()

  const plan = page.getByRole('form', { name: 'What belongs to it' })
  await plan.waitFor()
  for (const part of [path, copy, cron, keys]) await plan.getByText(part).first().waitFor()
  assert.deepEqual([files(), running()], [before, '1'], 'the plan changes nothing')
  assert.deepEqual(await axeFindings(page), [], 'the plan')
  await plan.getByRole('button', { name: /^Remove \d+ things$/ }).click()
  const done = page.getByRole('article', { name: 'Deep cleanup' }).filter({ hasText: 'that belong to the attack' })
  await done.getByText('Done', { exact: true }).first().waitFor()
  await page.getByText('Carried out. Begin a deep cleanup again').waitFor()
  t.diagnostic(`after: ${running()} process\n${files()}`)
  assert.equal(running(), '0')
  assert.equal(host.run(`ls ${path} ${copy} 2>/dev/null`), '')
  assert.equal(host.run(`cat ${cron}`), 'SHELL=/bin/sh\n0 0 1 1 * root /usr/bin/true\n')
  assert.match(host.run(`cat ${keys}`), /^ssh-ed25519 \S+Owner owner@example\.com\n$/)
  await page.locator('article').getByText('Handled', { exact: true }).first().waitFor()

  // One part: the key of the attacker alone.
  const undo = async (what: RegExp) => {
    await done.getByRole('button', { name: what }).first().click()
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }
  const until = async (what: string, holds: () => boolean) => {
    for (let tries = 0; tries < 150 && !holds(); tries++) await page.waitForTimeout(200)
    assert.ok(holds(), `${what}\n${files()}`)
  }
  await undo(/^Undo: .*authorized_keys/)
  await until('the key is back', () => host.run(`cat ${keys}`).includes(key))
  assert.equal(host.run(`ls ${path} ${copy} 2>/dev/null`), '', 'and nothing else')
  assert.doesNotMatch(host.run(`cat ${cron}`), /--quiet/)
  // What is left of it.
  await undo(/^Undo$/)
  await until('everything is as it was', () => files() === before)
  t.diagnostic(`after undo: ${running()} process\n${files()}`)
  assert.equal(running(), '0', 'a process that was ended stays ended')
  await done.getByText('Undone', { exact: true }).waitFor()
  assert.deepEqual(await axeFindings(page), [], 'the results')

  // What the agent does for an operation is no alert. Events come in order: when this one is here, those before it were.
  const listed = (words: string) =>
    page.evaluate(
      async (q) => ((await (await fetch(`/api/v1/alerts?handled=all&q=${q}`)).json()) as { total: number }).total,
      words,
    )
  host.run("echo '0 0 1 1 * root /usr/bin/true' > /etc/cron.d/after-it")
  for (let tries = 0; tries < 150 && (await listed('after-it')) === 0; tries++) await page.waitForTimeout(200)
  assert.equal(await listed('after-it'), 1)
  assert.equal(await listed('rampart-tk'), 0)
})

test('a server is isolated but for its agent and what was allowed, and let back', {
  skip,
  timeout: 120_000,
}, async (t) => {
  host.listen(9000, 'other')
  host.listen(9001, 'host')
  const network = () =>
    `to ${attacker} ${host.reaches(attacker, 9000)}, to ${colleague} ${host.reaches(colleague, 9000)}, from ${attacker} ${host.reaches(here, 9001, 'other')}`
  const open = `to ${attacker} true, to ${colleague} true, from ${attacker} true`
  for (let tries = 0; tries < 100 && network() !== open; tries++) await page.waitForTimeout(100)
  assert.equal(network(), open)
  t.diagnostic(`before: ${network()}`)

  await page.getByRole('link', { name: 'Assets', exact: true }).click()
  await page.getByRole('table').getByRole('link').first().click()
  await page.getByRole('button', { name: 'Isolate host' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Addresses that stay reachable').fill(colleague)
  assert.deepEqual(await axeFindings(page), [], 'the dialog')
  await dialog.getByRole('button', { name: 'Isolate host' }).click()
  await page.getByRole('button', { name: 'Release host' }).waitFor()
  t.diagnostic(`after: ${network()}\n${host.run('nft list table inet rampart')}`)
  assert.equal(network(), `to ${attacker} false, to ${colleague} true, from ${attacker} false`)
  assert.deepEqual(await axeFindings(page), [], 'the page of an isolated server')
  // Its agent is reached as before.
  await page.getByRole('button', { name: 'Troubleshoot the agent' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Troubleshoot the agent' }).click()
  await page
    .getByRole('article', { name: 'Troubleshoot the agent' })
    .first()
    .getByText('Done', { exact: true })
    .first()
    .waitFor()

  await page.getByRole('button', { name: 'Release host' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Release host' }).click()
  await page.getByRole('button', { name: 'Isolate host' }).waitFor()
  t.diagnostic(`undone: ${network()}; table: ${host.run('nft list table inet rampart 2>&1')}`)
  assert.equal(network(), open)
})
