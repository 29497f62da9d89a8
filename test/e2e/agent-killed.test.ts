/** An agent that is killed with everything it started: within a minute its silence stands in the list of the browser. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../until.ts'
import { startServerAndAgent } from './parts/agent.ts'
import { openBrowser, signIn } from './parts/browser.ts'

/** What the server promises, and what a busy machine may add before the row stands in the browser. */
const limitMs = 60_000

for (const act of ['killed', 'stopped by a signal that freezes it'] as const)
  test(`an agent ${act} is an alert in the browser within a minute`, async (t) => {
    const { server, api, agent, sensorPid } = await startServerAndAgent(t)
    await until('a sensor process', sensorPid)
    const browser = await openBrowser()
    t.after(() => browser.close())
    const page = browser.pages()[0] ?? (await browser.newPage())
    await signIn(page, server.consoleUrl)
    await page.goto(`${server.consoleUrl}/alerts?type=Other`)

    const signal = act === 'killed' ? 'SIGKILL' : 'SIGSTOP'
    for (const pid of [sensorPid(), agent.pid ?? 0]) process.kill(pid, signal)
    const startedAt = performance.now()
    await page.getByRole('row').filter({ hasText: 'Agent silent' }).first().waitFor({ timeout: limitMs })
    t.diagnostic(`${Math.round((performance.now() - startedAt) / 1000)} s`)
    const [row] = (await api.alerts()).filter(({ title }) => title === 'Agent silent')
    assert.equal(row?.type, 'Other')
    assert.equal(row?.count, 1)
  })
