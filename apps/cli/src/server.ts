/** `rampart server`: the server in this process, until a signal. */
import { join } from 'node:path'
import { type RunningServer, startServer } from '@rampart/server'
import { Command, Option } from 'commander'
import { revokeAgentCommand } from './revoke-agent.ts'
import { serverUnitCommand } from './server-unit.ts'
import { signAgentPackageCommand } from './sign-agent-package.ts'
import { prepareStateDirectory, stateOption } from './state-directory.ts'

/** The line that `--json` prints when the server can be used. */
export interface ServerReady {
  state: 'ready'
  pid: number
  console: string
  agents: string
  /** The first administrator, as long as nobody has signed in. */
  username: string | null
  password: string | null
  models: RunningServer['models']
  recovered: RunningServer['recovered']
  /** Enrols one agent within ten minutes. Only with `--local-token`. */
  localToken?: string
}

interface Options {
  state: string
  config?: string
  listen?: string
  agentListen?: string
  models?: string
  indicators?: string[]
  agentPackages?: string
  name?: string[]
  tlsCertificate?: string
  tlsKey?: string
  silentAfter?: number
  log: string
  logLevel?: 'debug' | 'info' | 'warn' | 'error'
  json?: boolean
  localToken?: boolean
}

export function serverCommand(): Command {
  return (
    new Command('server')
      // What follows the name of a subcommand is the subcommand's: both have --state.
      .enablePositionalOptions()
      .description(
        'Run the server alone. Agents of other hosts connect to it with a token from the console. RAMPART_METRICS_TOKEN lets /metrics be read from elsewhere.',
      )
      .addOption(stateOption('server'))
      .option('--config <file>', 'settings file (default: rampart.yml in the state directory)')
      .option(
        '--listen <host:port>',
        'address of the console; other than loopback it is served with TLS (default: server.listen of the settings)',
      )
      .option('--agent-listen <host:port>', 'address that agents connect to (default: server.agentListen)')
      .option('--models <dir>', 'models instead of the shipped ones')
      .option('--indicators <dir...>', 'folders of indicator lists instead of the shipped one')
      .option('--agent-packages <dir>', 'packages of the agent to hand out; default: what `make agent-package` built')
      .option('--name <name...>', 'DNS names and addresses by which this server is reached')
      .option('--tls-certificate <file>', 'certificate of the console (PEM), with --tls-key')
      .option('--tls-key <file>', 'private key of the console (PEM)')
      .option(
        '--silent-after <seconds>',
        'an agent silent for longer raises an alert (default: agents.silentAfterSeconds)',
        seconds,
      )
      .option('--log <file>', 'where the log goes: a file, `stderr` or `none`', 'stderr')
      .addOption(
        new Option('--log-level <level>', 'least serious line of the log (default: server.logLevel)').choices([
          'debug',
          'info',
          'warn',
          'error',
        ]),
      )
      .option('--json', 'print one JSON object when the server can be used')
      .addOption(new Option('--local-token', 'put a token for the agent of this host into the JSON').hideHelp())
      .action(serve)
      .addCommand(revokeAgentCommand())
      .addCommand(serverUnitCommand())
      .addCommand(signAgentPackageCommand())
  )
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value >= 5 && value <= 86_400))
    throw new Error(`--silent-after takes 5 to 86400 seconds, not ${JSON.stringify(text)}`)
  return value
}

async function serve(options: Options): Promise<void> {
  const prepared = prepareStateDirectory(options.state)
  if (!prepared.ok) return refuse(prepared.code, prepared.message)
  const { tlsCertificate, tlsKey } = options
  if ((tlsCertificate === undefined) !== (tlsKey === undefined))
    return refuse('tls.incomplete', 'Give --tls-certificate and --tls-key together.')
  const server = await startServer({
    stateDirectory: prepared.path,
    settingsFile: options.config,
    listen: options.listen,
    agentListen: options.agentListen,
    modelsDirectory: options.models,
    indicatorDirectories: options.indicators,
    agentPackagesDirectory: options.agentPackages,
    names: options.name,
    ...(tlsCertificate && tlsKey && { tls: { certificateFile: tlsCertificate, keyFile: tlsKey } }),
    silentAfterMs: options.silentAfter === undefined ? undefined : options.silentAfter * 1000,
    // Not an option: the command line can be read by every user of the host.
    metricsToken: process.env.RAMPART_METRICS_TOKEN,
    log: options.log,
    logLevel: options.logLevel,
  })
  if (!server.ok) return refuse(server.error.code, server.error.message)
  process.stdout.write(
    options.json
      ? `${JSON.stringify(readyLine(server, options.localToken === true))}\n`
      : greeting(server, prepared.path),
  )

  process.on('SIGHUP', () => {
    const reloaded = server.reloadSettings()
    if (!reloaded.ok)
      for (const { place, code, message } of reloaded.error) process.stderr.write(`${place} ${code} ${message}\n`)
  })
  const signal = await new Promise<NodeJS.Signals>((done) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, done)
  })
  // A second signal ends at once: whatever was acknowledged is on disk.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(signal === name ? 0 : 1))
  await server.stop()
  process.exit(0)
}

function readyLine(server: RunningServer, withToken: boolean): ServerReady {
  return {
    state: 'ready',
    pid: process.pid,
    console: server.consoleUrl,
    agents: server.agentUrl,
    username: server.firstUser?.name ?? null,
    password: server.firstUser?.password ?? null,
    models: server.models,
    recovered: server.recovered,
    ...(withToken && { localToken: server.createEnrolmentToken({ uses: 1, minutes: 10 }).token }),
  }
}

function greeting(server: RunningServer, stateDirectory: string): string {
  const lines = ['The Rampart server runs.', `  Console   ${server.consoleUrl}`, `  Agents    ${server.agentUrl}`]
  if (server.firstUser)
    lines.push(
      `  User      ${server.firstUser.name}`,
      `  Password  ${password(server.firstUser.password, stateDirectory)}   (one-time: you choose your own when you sign in)`,
    )
  lines.push(
    `  Models    ${server.models.loaded} loaded, ${server.models.refused} refused`,
    'Ctrl-C stops it; all data stays.',
    '',
  )
  return lines.join('\n')
}

/** The journal of systemd is kept and read by others: there only the place is named. */
function password(text: string, stateDirectory: string): string {
  return process.env.JOURNAL_STREAM === undefined ? text : `in ${join(stateDirectory, 'first-password')}`
}

function refuse(code: string, message: string): void {
  process.stderr.write(`rampart server: ${message} [${code}]\n`)
  process.exitCode = 2
}
