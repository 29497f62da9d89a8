/** Starts real agents on state directories of their own, and cleans up behind them. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { enrol } from '../src/index.ts'
import { TestServer } from './server.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const tickingSensor = fileURLToPath(new URL('./ticking-sensor.ts', import.meta.url))

export interface Plan {
  perTick: number
  everyMs: number
  limit: number
  type?: 'process.started' | 'process.ended'
}

export class TestAgent {
  readonly state: string
  output = ''
  errors = ''
  process: ChildProcess | undefined
  /** Another user to run as. */
  spawnOptions: { uid?: number; gid?: number } = {}
  environment: Record<string, string> = {}
  /** A command that starts the agent in its turn. */
  wrapper: readonly string[] = []

  constructor(state = mkdtempSync(join(tmpdir(), 'agent-test-'))) {
    this.state = state
    mkdirSync(join(state, 'sensors'), { recursive: true })
    this.plan({ perTick: 0, everyMs: 20, limit: 0 })
  }

  /** An agent enrolled with a server. */
  static async enrolled(server: TestServer, state?: string): Promise<TestAgent> {
    const agent = new TestAgent(state)
    const enrolled = await enrol({ token: server.token, stateDirectory: agent.state })
    if (!enrolled.ok) throw new Error(enrolled.message)
    return agent
  }

  plan(plan: Plan): void {
    writeFileSync(join(this.state, 'sensors/plan.json'), JSON.stringify(plan))
  }

  start(...more: string[]): void {
    const isReal = more[0] === '--real-sensors'
    const sensors = isReal || more.includes('--sensor-module') ? [] : ['--sensor-module', tickingSensor]
    const limits = more.includes('--cpu') ? [] : ['--no-limits']
    const arguments_ = [main, '--state', this.state, ...limits, ...sensors, ...more.slice(isReal ? 1 : 0)]
    const [command = '', ...all] = [...this.wrapper, process.execPath, ...arguments_]
    const child = spawn(command, all, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.environment },
      ...this.spawnOptions,
    })
    child.stdout.on('data', (chunk) => {
      this.output += chunk
    })
    child.stderr.on('data', (chunk) => {
      this.errors += chunk
    })
    this.process = child
  }

  get sensorPid(): number {
    return Number(readFileSync(join(this.state, 'sensor.pid'), 'utf8'))
  }

  /** Resolves with the exit code, or the signal's name. */
  async end(signal: NodeJS.Signals): Promise<number | string> {
    const child = this.process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? 'none'
    const ended = new Promise<number | string>((resolve) =>
      child.once('exit', (code, by) => resolve(code ?? by ?? 'none')),
    )
    child.kill(signal)
    return ended
  }

  /** Stops everything and removes the state directory. */
  async remove(): Promise<void> {
    await this.end('SIGTERM')
    try {
      process.kill(this.sensorPid, 'SIGKILL')
    } catch {}
    rmSync(this.state, { recursive: true, force: true })
  }
}

export { until } from '../../../test/until.ts'

/** A server and an agent enrolled with it, both gone after the test. */
export async function setUp(t: TestContext) {
  const server = await TestServer.start()
  const agent = await TestAgent.enrolled(server)
  t.after(async () => {
    await agent.remove()
    await server.vanish()
  })
  return { server, agent }
}

/** Every number of every run exactly once, in order, nothing wrong with any event. */
export function assertComplete(server: TestServer, expected: number, runs = 1): void {
  assert.deepEqual(server.faults, [])
  const ids = server.events.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length, 'no event twice')
  assert.equal(ids.length, expected)
  for (let run = 1; run <= runs; run++) {
    const numbers = ids.filter((id) => id.includes(`/run-${run}/`)).map((id) => Number(id.split('/').at(-1)))
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
      `run ${run} is in order`,
    )
  }
  const sequences = server.batches.map(({ sequence }) => sequence)
  assert.deepEqual(
    sequences,
    sequences.map((_, at) => at + 1),
    'batches follow one another',
  )
}
