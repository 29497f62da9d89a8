/** An agent that is killed with everything it started: within a minute its silence stands in the list of the browser. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startServer } from '@rampart/server'
import { signInApi } from './parts/api.ts'
import { openBrowser, signIn } from './parts/browser.ts'

const agentMain = fileURLToPath(new URL('../../apps/cli/src/agent-main.ts', import.meta.url))
/** What the server promises, and what a busy machine may add before the row stands in the browser. */
const limitMs = 60_000

for (const act of ['killed', 'stopped by a signal that freezes it'] as const)
  test(`an agent ${act} is an alert in the browser within a minute`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'rampart-killed-'))
    const state = join(folder, 'agent')
    const server = await startServer({
      stateDirectory: join(folder, 'server'),
      listen: '127.0.0.1:0',
      agentListen: '127.0.0.1:0',
      log: 'none',
    })
    assert.ok(server.ok, JSON.stringify(server))
    const agent = spawn(process.execPath, [agentMain, 'run', '--state', state, '--no-limits'], {
      env: { ...process.env, RAMPART_ENROLMENT_TOKEN: server.createEnrolmentToken().token },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const sensorPid = () =>
      existsSync(join(state, 'sensor.pid')) ? Number(readFileSync(join(state, 'sensor.pid'), 'utf8')) : 0
    t.after(async () => {
      for (const pid of [agent.pid ?? 0, sensorPid()])
        try {
          if (pid > 0) process.kill(pid, 'SIGKILL')
        } catch {}
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    })
    const api = await signInApi(server.consoleUrl, server.firstUser?.password ?? null)
    await new Promise((resolve) => agent.stdout.once('data', resolve))
    while (sensorPid() === 0) await wait(50)
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
