/** One child process that is started again when it ends by itself, with growing pauses. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('./main.ts', import.meta.url))
const pausesMs = [200, 500, 1000, 2000, 5000, 10_000]
/** Part of util-linux: execs a program that gets a signal when its parent ends. */
const deathSignal = '/usr/bin/setpriv'
/** A child that ran this long starts its pauses from the beginning. */
const steadyMs = 60_000

export interface KeptProcess {
  /** Pid of the running child; undefined between two runs. */
  readonly pid: number | undefined
  /** Sends SIGTERM and waits; SIGKILL after `graceMs`. */
  stop(graceMs?: number): Promise<void>
}

export interface KeepOptions {
  name: string
  args: readonly string[]
  /** Added to the environment. */
  env?: Record<string, string>
  /** Called with every JSON object that the child prints as a line of its own; other lines go to standard error. */
  onMessage(message: Record<string, unknown>): void
  /** Called when the child ended by itself; return false to leave it ended. */
  onEnd(reason: string, restarts: number, exitCode: number | null): boolean
}

/** Starts `rampart <args>` and keeps it running until `stop`. */
export function keepRunning(options: KeepOptions): KeptProcess {
  let child: ChildProcess | undefined
  let stopping = false
  let restarts = 0
  let quickEnds = 0
  let timer: NodeJS.Timeout | undefined

  const start = (): void => {
    const startedAt = performance.now()
    // A group of its own: Ctrl-C reaches only the parent, which stops its children in order. And a parent that is killed
    // takes its children along, so that the next start finds no lock held.
    const run = [process.execPath, '--disable-warning=ExperimentalWarning', entry, ...options.args]
    const [command = '', ...args] = existsSync(deathSignal) ? [deathSignal, '--pdeathsig', 'TERM', ...run] : run
    child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
      env: { ...process.env, ...options.env },
    })
    child.on('error', () => {})
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => receive(line))
    child.once('exit', (code, signal) => {
      child = undefined
      if (stopping) return
      quickEnds = performance.now() - startedAt > steadyMs ? 0 : quickEnds + 1
      restarts++
      if (!options.onEnd(signal ? `signal ${signal}` : `exit status ${code}`, restarts, code)) return
      timer = setTimeout(start, pausesMs[Math.min(quickEnds - 1, pausesMs.length - 1)] ?? 200)
    })
  }
  start()

  function receive(line: string): void {
    let message: Record<string, unknown> | undefined
    try {
      if (line.startsWith('{')) message = JSON.parse(line)
    } catch {
      // Not JSON after all: shown as it is.
    }
    if (message) options.onMessage(message)
    else process.stderr.write(`${line}\n`)
  }

  return {
    get pid() {
      return child?.pid
    },
    async stop(graceMs = 5000) {
      stopping = true
      clearTimeout(timer)
      const running = child
      if (!running || running.exitCode !== null) return
      const ended = new Promise<void>((done) => running.once('exit', () => done()))
      running.kill('SIGTERM')
      const kill = setTimeout(() => running.kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(kill)
    },
  }
}
