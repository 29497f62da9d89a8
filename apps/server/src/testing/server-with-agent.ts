/** A server, an administrator's console and a real agent, with a directory and processes of this test's own; all gone after it. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { RealAgent } from './real-agent.ts'
import { TestConsole } from './test-console.ts'
import { startTestServer } from './test-server.ts'

export async function startServerWithAgent(t: TestContext) {
  const running = await startTestServer()
  const agent = new RealAgent()
  const console = new TestConsole(running.server.consoleUrl)
  const place = mkdtempSync(join(tmpdir(), 'rampart-place-'))
  const children: ChildProcess[] = []
  t.after(async () => {
    for (const child of children) child.kill('SIGKILL')
    await agent.remove()
    await running.end()
    rmSync(place, { recursive: true, force: true })
  })
  assert.ok(running.server.firstUser)
  await console.begin(running.server.firstUser)
  await agent.start(running.server.createEnrolmentToken().token)

  /** Runs a program that does nothing, from a file of its own; a file that is there already is run again. */
  function runIdle(name: string, prepare: (path: string) => void = () => {}): { path: string; pid: number } {
    const path = join(place, name)
    if (!existsSync(path)) {
      copyFileSync('/usr/bin/sleep', path)
      chmodSync(path, 0o750)
      prepare(path)
    }
    const child = spawn(path, ['600'], { stdio: 'ignore' })
    children.push(child)
    return { path, pid: child.pid as number }
  }
  return { running, agent, console, place, runIdle }
}
