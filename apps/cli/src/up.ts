/** `rampart up`: server, console and an agent for this host in one command; starts again what ends, stops all in order. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { agentStatus } from '@rampart/agent'
import { Command } from 'commander'
import { type KeptProcess, keepRunning } from './keep-running.ts'
import { readRunFile, removeRunFile, writeRunFile } from './run-file.ts'
import type { ServerReady } from './server.ts'
import { prepareStateDirectory, stateOption } from './state-directory.ts'

interface UpOptions {
  state: string
  listen?: string
  agentListen?: string
  agent: boolean
  log: string[]
  json?: boolean
}

/** Status with which a child says that starting again is of no use: it printed what to do. */
const badInput = 2
/** The sensors are asked for every 100 ms. */
const sensorTries = 150
const consoleBuild = fileURLToPath(new URL('../../console/dist/index.html', import.meta.url))
const sensorBuild = fileURLToPath(new URL('../../../build/bpf', import.meta.url))

export function upCommand(): Command {
  return new Command('up')
    .description(
      'Start server, console and a local agent, and keep them running. Ctrl-C or `rampart down` stops them; all data stays.',
    )
    .addOption(stateOption())
    .option(
      '--listen <host:port>',
      'address of the console; other than loopback it is served with TLS (default: server.listen of the settings)',
    )
    .option('--agent-listen <host:port>', 'address that agents connect to (default: server.agentListen)')
    .option('--no-agent', 'do not watch this host')
    .option(
      '--log <source=path>',
      'log file to watch besides the usual ones; source: auth, syslog, access, audit, suricata, text or json (repeatable)',
      collect,
      [],
    )
    .option('--json', 'print one JSON object when everything is ready')
    .action(up)
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}

async function up(options: UpOptions): Promise<void> {
  const say = (text: string) => process.stderr.write(`${text}\n`)
  const prepared = prepareStateDirectory(options.state)
  if (!prepared.ok) return fail(prepared.message)
  const state = prepared.path
  const running = readRunFile(state)
  if (running)
    return fail(
      `Rampart already runs here (pid ${running.pid}) at ${running.console}. Stop it with \`make down\` or choose another --state.`,
    )
  if (!existsSync(consoleBuild))
    say('The console is not built yet, so the browser will show nothing: run `make build`, or start with `make up`.')
  if (options.agent && !existsSync(sensorBuild))
    say(
      'The kernel sensors are not built yet: run `make build`, or start with `make up`. Going on with the other sensors.',
    )

  let agent: KeptProcess | undefined
  let announced = false
  let stopping = false
  const ended = Promise.withResolvers<number>()

  const server = keepRunning({
    name: 'server',
    args: [
      'server',
      '--state',
      join(state, 'server'),
      // Only what was given: the rest is the settings file's.
      ...(options.listen === undefined ? [] : ['--listen', options.listen]),
      ...(options.agentListen === undefined ? [] : ['--agent-listen', options.agentListen]),
      '--log',
      join(state, 'server.log'),
      '--json',
      '--local-token',
    ],
    onMessage: (message) => onServerReady(message as unknown as ServerReady),
    onEnd: (reason, _restarts, exitCode) => {
      if (exitCode === badInput) ended.resolve(badInput)
      else say(`The server ended (${reason}); starting it again.`)
      return exitCode !== badInput
    },
  })

  function onServerReady(ready: ServerReady): void {
    if (ready.state !== 'ready' || announced || stopping) return
    announced = true
    writeRunFile(state, { console: ready.console, startedAt: new Date().toISOString() })
    if (!options.agent) announce(ready, 'not started; this host is not watched')
    else agent = startAgent(ready)
  }

  function startAgent(ready: ServerReady): KeptProcess {
    return keepRunning({
      name: 'agent',
      args: ['agent', 'run', '--state', join(state, 'agent'), ...options.log.flatMap((log) => ['--log', log])],
      // In the environment and not on the command line, where every user of the host could read it.
      env: { RAMPART_ENROLMENT_TOKEN: ready.localToken ?? '' },
      onMessage: (message) => {
        if (message.state === 'connected') void sensorsOf(join(state, 'agent')).then((text) => announce(ready, text))
      },
      onEnd: (reason, _restarts, exitCode) => {
        say(
          exitCode === badInput
            ? 'The agent cannot run; this host is not watched. The line above says why.'
            : `The agent ended (${reason}); starting it again.`,
        )
        if (exitCode === badInput) announce(ready, 'failed; this host is not watched')
        return exitCode !== badInput
      },
    })
  }

  let printed = false
  function announce(ready: ServerReady, agentText: string): void {
    if (printed) return
    printed = true
    if (options.json) {
      const { console: address, username, password } = ready
      process.stdout.write(
        `${JSON.stringify({ ready: true, console: address, username, password, agent: agentText, serverPid: server.pid, agentPid: agent?.pid ?? null, state })}\n`,
      )
      return
    }
    const lines = ['', 'Rampart runs.', `  Console   ${ready.console}`]
    if (ready.password !== null)
      lines.push(
        `  User      ${ready.username}`,
        `  Password  ${ready.password}   (one-time: you choose your own when you sign in)`,
      )
    lines.push(
      `  Agent     ${agentText}`,
      `  State     ${state}`,
      'Ctrl-C or `make down` stops it; all data stays.',
      '',
    )
    process.stdout.write(lines.join('\n'))
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ended.resolve(0))
  const code = await ended.promise
  stopping = true
  if (code === 0 && !options.json) say('\nStopping …')
  // An agent that stops while the server listens is an alert.
  await server.stop(10_000)
  await agent?.stop()
  removeRunFile(state)
  process.exitCode = code
}

/** One line on the sensors of the agent, as soon as they have started. */
async function sensorsOf(agentState: string): Promise<string> {
  for (let tries = 0; tries < sensorTries; tries++) {
    const status = await agentStatus(agentState)
    // Entries called agent.* are about the agent itself.
    const sensors = status.running ? status.sensors.filter(({ sensor }) => !sensor.startsWith('agent.')) : []
    if (sensors.length > 0) {
      const works = sensors.filter((sensor) => sensor.state === 'running').length
      const rest = works === sensors.length ? '' : '; the console says what is missing and why'
      return `connected; ${works} of ${sensors.length} sensors run${rest}`
    }
    await sleep(100)
  }
  return 'connected; its sensors have not started yet'
}

function fail(message: string): void {
  process.stderr.write(`rampart up: ${message}\n`)
  process.exitCode = badInput
}
