/** Starts the whole product as `make up` does, in a state directory and on ports of its own, and stops it again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface Ready {
  ready: true
  console: string
  username: string
  password: string | null
  agent: string
  serverPid: number
  agentPid: number | null
}

export interface Installation extends Ready {
  state: string
  logs: { auth: string; access: string }
  output(): string
  stop(): Promise<number | null>
  process: ChildProcess
}

export async function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })
}

export interface InstallationOptions {
  state?: string
  consolePort?: number
  agentPort?: number
  /** Extra arguments for `rampart up`. */
  args?: string[]
  /** `make up` (default) or the launcher itself, which skips the build. */
  through?: 'make' | 'launcher'
  /** Words before each command, e.g. to run on a host of its own. */
  enter?: readonly string[]
}

/** Resolves when server and agent are connected. */
export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const state = options.state ?? mkdtempSync(join(tmpdir(), 'rampart-e2e-'))
  const consolePort = options.consolePort ?? (await freePort())
  const agentPort = options.agentPort ?? (await freePort())
  const logs = { auth: join(state, 'auth.log'), access: join(state, 'access.log') }
  const args = [
    '--json',
    '--state',
    state,
    '--listen',
    `127.0.0.1:${consolePort}`,
    '--agent-listen',
    `127.0.0.1:${agentPort}`,
  ]
  args.push('--log', `auth=${logs.auth}`, '--log', `access=${logs.access}`, ...(options.args ?? []))
  const [command, commandArgs] =
    options.through === 'launcher'
      ? ['./rampart', ['up', ...args]]
      : ['make', ['--no-print-directory', '-s', 'up', `ARGS=${args.join(' ')}`]]
  const within = options.enter ?? []
  const start = (program: string, rest: readonly string[]) => {
    const [first = '', ...others] = [...within, program, ...rest]
    return [first, others] as const
  }
  const child = spawn(...start(command as string, commandArgs as string[]), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const ready = await new Promise<Ready>((done, failed) => {
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => {
      output += `${line}\n`
      if (!line.startsWith('{')) return
      const message = JSON.parse(line) as { ready?: boolean }
      if (message.ready) done(message as Ready)
    })
    child.once('exit', (code) =>
      failed(new Error(`rampart up ended with status ${code} before it was ready:\n${output}`)),
    )
    child.once('error', failed)
  })
  return {
    ...ready,
    state,
    logs,
    process: child,
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
      const down = spawn(...start('./rampart', ['down', '--state', state]), { cwd: root, stdio: 'ignore' })
      await new Promise((done) => down.once('exit', done))
      return ended
    },
  }
}

export function removeState(state: string): void {
  rmSync(state, { recursive: true, force: true })
}
