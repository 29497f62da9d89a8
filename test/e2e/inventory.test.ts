/** What a server has, in a real browser: a real agent looks at a tree, the tree changes, the page shows it by itself. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { RealAgent } from '../../apps/server/src/testing/real-agent.ts'
import { startTestServer } from '../../apps/server/src/testing/test-server.ts'
import { axeFindings } from './parts/axe.ts'
import { firstSignIn, openBrowser } from './parts/browser.ts'

const sensors = fileURLToPath(new URL('../../apps/agent/test/inventory-sensors.ts', import.meta.url))
const packageText = (name: string, version: string) =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n\n`
const listening = (number: number, user: number) =>
  `   0: 00000000:${number.toString(16).padStart(4, '0').toUpperCase()} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 ${user} 0 ${number} 1 0`

test('a package, a port and an account appear on the page of their server, and the server among those that have them', async (t) => {
  const shared = await startTestServer()
  const browser = await openBrowser()
  const agent = new RealAgent(sensors)
  t.after(async () => {
    await browser.close()
    await agent.remove()
    await shared.end()
  })
  const put = (path: string, text: string) => {
    const full = join(agent.state, 'sensors/root', path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, text)
  }
  put('var/lib/dpkg/status', packageText('nginx', '1.22.1-9'))
  put('proc/net/tcp', `head\n${listening(22, 0)}`)
  put('proc/net/udp', 'head\n')
  put('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\n')
  put('etc/shadow', 'root:!:1::::::\n')
  put('etc/group', 'root:x:0:\n')
  put('etc/cron.d/backup', '17 3 * * * root /usr/local/bin/backup\n')

  const page = browser.pages()[0] ?? (await browser.newPage())
  const { consoleUrl, firstUser, createEnrolmentToken } = shared.server
  await firstSignIn(page, consoleUrl, firstUser?.password ?? '')
  await agent.start(createEnrolmentToken().token)
  await page.goto(`${consoleUrl}/assets/${agent.assetId}`)
  await page.getByRole('tab', { name: 'Packages 1' }).click()
  const rows = page.locator('tbody tr')
  await rows.filter({ hasText: 'nginx' }).getByText('1.22.1-9').waitFor()
  await page.getByText(/^Collected/).waitFor()
  assert.deepEqual(await axeFindings(page), [])

  // The open page shows what is installed and upgraded, without a reload.
  put('var/lib/dpkg/status', packageText('nginx', '1.22.1-10') + packageText('redis', '7.0'))
  await rows.filter({ hasText: 'redis' }).waitFor()
  await rows.filter({ hasText: 'nginx' }).getByText('1.22.1-10').waitFor()
  await page.getByRole('link', { name: '2 changes in the last 7 days' }).click()
  const change = page.getByRole('listitem').filter({ hasText: 'nginx' })
  await change.getByText('1.22.1-9').waitFor()
  await change.getByText('1.22.1-10').waitFor()
  assert.deepEqual(await axeFindings(page), [])

  put('proc/net/tcp', `head\n${listening(22, 0)}\n${listening(3389, 33)}`)
  put('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\neve::0:0::/:/bin/sh\n')
  await page.getByRole('tab', { name: 'Ports 2' }).click()
  await rows.filter({ hasText: 'tcp 0.0.0.0:3389' }).getByText('from everywhere').waitFor()
  await page.getByRole('tab', { name: 'Accounts 2' }).click()
  await rows.filter({ hasText: 'eve' }).getByText('None: anybody gets in').waitFor()
  await page.getByText('SSH keys 0').click()
  await page.getByText('No SSH key may log on').waitFor()
  await page.getByRole('tab', { name: 'Scheduled tasks 1' }).click()
  await rows.filter({ hasText: '/usr/local/bin/backup' }).getByText('17 3 * * *').waitFor()
  await page.getByRole('tab', { name: 'Containers' }).click()
  await page.getByText('Neither Docker, Podman nor containerd keeps containers here.').waitFor()
  assert.deepEqual(await axeFindings(page), [])

  // Over all servers.
  await page.goto(`${consoleUrl}/assets`)
  await page.getByRole('link', { name: 'Find on servers' }).click()
  await page.getByLabel('Package').fill('nginx')
  await page.getByPlaceholder('any').fill('1.22.1-11')
  await page.getByRole('button', { name: 'Find', exact: true }).click()
  await page.getByText('1 server has it, of 1 that told').waitFor()
  await page.getByPlaceholder('any').fill('1.22.1-10')
  await page.getByRole('button', { name: 'Find', exact: true }).click()
  await page.getByText('No server has it').waitFor()
  assert.deepEqual(await axeFindings(page), [])

  // What is known stays, and says how old it is.
  await agent.end('SIGTERM')
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(`${consoleUrl}/assets/${agent.assetId}?tab=packages`)
  await page.getByText(/^The agent is offline; this is how it was/).waitFor()
  const isWide = await page.locator('html').evaluate((html) => html.scrollWidth > html.clientWidth)
  assert.equal(isWide, false, 'nothing is wider than a telephone')
  assert.deepEqual(await axeFindings(page), [])
})
