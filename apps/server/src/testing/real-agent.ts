/** A real agent process for tests of the server: its own state directory, real tasks, and a sensor that tells what the test says. */
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../../agent/src/main.ts', import.meta.url))
const sensor = fileURLToPath(new URL('../../../agent/test/telling-sensor.ts', import.meta.url))

export const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

export class RealAgent {
  readonly state = mkdtempSync(join(tmpdir(), 'rampart-real-agent-'))
  assetId = ''
  errors = ''
  #process: ChildProcess | undefined
  readonly #sensors: string

  /** `sensors`: module to take the sensors from instead of the one that tells what the test says. */
  constructor(sensors = sensor) {
    this.#sensors = sensors
    mkdirSync(join(this.state, 'sensors'), { recursive: true })
  }

  /** Resolves when it is connected. */
  async start(token?: string): Promise<void> {
    const more = token === undefined ? [] : ['--token', token]
    const child = spawn(
      process.execPath,
      [main, '--state', this.state, '--no-limits', '--sensor-module', this.#sensors, ...more],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    this.#process = child
    child.stderr.on('data', (chunk) => {
      this.errors += chunk
    })
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the agent ended with ${code}: ${this.errors}`)))
      child.stdout.on('data', (chunk: Buffer) => {
        const line = chunk
          .toString()
          .split('\n')
          .find((one) => one.includes('"connected"'))
        if (line === undefined) return
        this.assetId = (JSON.parse(line) as { assetId: string }).assetId
        resolve()
      })
    })
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  async remove(): Promise<void> {
    await this.end('SIGTERM')
    for (const file of ['sensor.pid'])
      try {
        process.kill(Number(readFileSync(join(this.state, file), 'utf8')), 'SIGKILL')
      } catch {
        // It ended with the agent.
      }
    rmSync(this.state, { recursive: true, force: true })
  }

  /** Makes the agent see an event. */
  tell(event: Record<string, unknown>): void {
    appendFileSync(join(this.state, 'sensors/tell.ndjson'), `${JSON.stringify({ at: Date.now(), ...event })}\n`)
  }

  /**
   * Makes the agent see a process that really runs as the start of one; `over` says more, e.g. a command line that a model
   * matches, `sensor` which sensor saw it.
   */
  tellProcess(pid: number, over: Record<string, unknown> = {}, sensor = 'telling'): void {
    const user = { id: 0, name: 'root' }
    this.tell({ type: 'process.started', sensor, user, process: { ...describeProcess(pid), ...over } })
  }
}

/** A running process as the kernel sensor describes it. */
export function describeProcess(pid: number) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')
  const executable = realpathSync(`/proc/${pid}/exe`)
  return {
    pid,
    entityId: `${bootId}-${pid}-${Number(fields[19]) * 10_000_000}`,
    executable,
    name: executable.split('/').at(-1),
  }
}

export const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))

export { until } from '../../../../test/until.ts'
