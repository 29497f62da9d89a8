/** `rampart agent`: run, enrol or inspect the agent of this host. */
import {
  agentStatus,
  agentVersion,
  type CeilingLimits,
  defaultLimits,
  describeStatus,
  enrol,
  ensureEnrolled,
  launchAgent,
  tokenVariable,
} from '@rampart/agent'
import type { LogSource } from '@rampart/sensor'
import { Command } from 'commander'
import { uninstall, upgrade } from './agent-package.ts'
import { privateInput } from './private-input.ts'
import { prepareStateDirectory, stateOption } from './state-directory.ts'

const badInput = 2
const tokenPrompt = 'Paste the token from the console, "Add server"'
/** What people call a log, and the decoder that reads it. */
const logKinds: Record<string, Exclude<LogSource['kind'], 'journal'>> = {
  auth: 'auth',
  syslog: 'auth',
  access: 'access',
  audit: 'audit',
  suricata: 'suricata',
  text: 'text',
  json: 'json',
}

interface RunOptions {
  state: string
  token?: string
  log: LogSource[]
  cpu: number
  memory: number
  limits: boolean
  supervise?: boolean
}

export function agentCommand(): Command {
  const command = new Command('agent')
    .description('Run, enrol or inspect the agent of this host.')
    .version(agentVersion, '--version', "print the agent's version")
  command
    .command('run')
    .description(
      `Run the agent until a signal. Prints a JSON line when it is connected. A token is taken from --token or ${tokenVariable}.`,
    )
    .addOption(stateOption('agent'))
    .option(
      '--token <token>',
      `enrol with this token first if this host is not enrolled yet; ${tokenVariable} keeps it off the command line`,
    )
    .option('--log <source=path>', 'log file to follow besides the usual ones (repeatable)', collectLog, [])
    .option('--cpu <fraction>', 'CPU limit, of one core', positive, defaultLimits.cpuFraction)
    .option('--memory <MB>', 'memory limit, megabytes', positive, defaultLimits.memoryBytes / 1024 / 1024)
    .option('--no-limits', 'run without limits of CPU and memory')
    .option('--supervise', 'start the agent again when it dies')
    .action(run)
  command
    .command('enrol')
    .argument(
      '[token]',
      `token from the console, "Add server"; better kept off the command line, where every user can read it: without it, or with -, it is taken from ${tokenVariable} or standard input`,
    )
    .description('Give this host an identity. An earlier one is replaced.')
    .addOption(stateOption('agent'))
    .option('--json', 'print one JSON object')
    .action(enrolHost)
  command
    .command('status')
    .description(
      'Explain how the agent of this host is: identity, connection, sensors, losses. Exit status 1 when it does not run.',
    )
    .addOption(stateOption('agent'))
    .option('--json', 'print one JSON object')
    .action(showStatus)
  command
    .command('upgrade')
    .description(
      'Change the packaged agent to the newest version of its server, or to a signed package. A version that does not reach the server within two minutes is taken back.',
    )
    .addOption(stateOption('agent'))
    .option('--from <file>', 'a package, with <file>.statement beside it, instead of the server')
    .option('--allow-downgrade', 'take an older version too')
    .option('--json', 'print one JSON object')
    .action(upgrade)
  command
    .command('uninstall')
    .description(
      "Remove the packaged agent. Needs a token from this server's page in the console, taken from RAMPART_UNINSTALL_TOKEN or standard input.",
    )
    .addOption(stateOption('agent'))
    .option('--token <token>', 'the token; better kept off the command line, where every user can read it')
    .option('--keep-state', 'leave identity and spool where they are')
    .action(uninstall)
  return command
}

async function run(options: RunOptions): Promise<void> {
  const prepared = prepareStateDirectory(options.state)
  if (!prepared.ok) return refuse('run', prepared)
  const token = options.token ?? process.env[tokenVariable]
  // Not for the processes that this one becomes and starts.
  delete process.env[tokenVariable]
  const ensured = await ensureEnrolled(prepared.path, token)
  if (!ensured.ok) return refuse('run', ensured)
  const limits: CeilingLimits = { cpuFraction: options.cpu, memoryBytes: options.memory * 1024 * 1024 }
  launchAgent({
    stateDirectory: prepared.path,
    logs: options.log,
    limits: options.limits ? limits : 'none',
    supervised: options.supervise,
  })
}

async function enrolHost(given: string | undefined, { state, json }: { state: string; json?: boolean }): Promise<void> {
  const prepared = prepareStateDirectory(state)
  if (!prepared.ok) return refuse('enrol', prepared)
  const token = given === undefined || given === '-' ? await privateInput(tokenVariable, tokenPrompt) : given
  const enrolled = await enrol({ token, stateDirectory: prepared.path })
  if (!enrolled.ok) return refuse('enrol', enrolled)
  const { assetId, server } = enrolled.identity
  if (json) process.stdout.write(`${JSON.stringify({ assetId, server, state: prepared.path })}\n`)
  else
    process.stdout.write(
      `This host is ${assetId} at ${server}. Start it with: rampart agent run --state ${prepared.path}\n`,
    )
}

async function showStatus({ state, json }: { state: string; json?: boolean }): Promise<void> {
  const status = await agentStatus(state)
  process.stdout.write(json ? `${JSON.stringify(status)}\n` : describeStatus(status))
  process.exitCode = status.running ? 0 : 1
}

function collectLog(value: string, before: LogSource[]): LogSource[] {
  const at = value.indexOf('=')
  const kind = logKinds[value.slice(0, at)]
  const path = value.slice(at + 1)
  if (kind === undefined || !path.startsWith('/'))
    throw new Error(
      `--log takes ${Object.keys(logKinds).join(', ')} and an absolute path, as in auth=/var/log/auth.log; not ${JSON.stringify(value)}`,
    )
  return [...before, { kind, path }]
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`a number above 0 is needed, not ${JSON.stringify(text)}`)
  return value
}

function refuse(verb: string, { code, message }: { code: string; message: string }): void {
  process.stderr.write(`rampart agent ${verb}: ${message} [${code}]\n`)
  process.exitCode = badInput
}
