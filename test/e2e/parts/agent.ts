/** A server in this process and an agent of its own beside it, both gone after the test. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServer } from '@rampart/server'
import { signInApi } from './api.ts'

const agentMain = fileURLToPath(new URL('../../../apps/cli/src/agent-main.ts', import.meta.url))

/** The agent has spoken its first word when this returns; its sensor process may be on its way still. */
export async function startServerAndAgent(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'rampart-e2e-'))
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
  /** 0 while there is none. */
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
  await once(agent.stdout, 'data')
  return { server, api, agent, sensorPid }
}
