/** `rampart agent`: run, enrol and inspect the agent of this host. */
import { agentStatus, describeStatus, enrol, type LaunchOptions, launchAgent } from '@rampart/agent'
import { Command } from 'commander'
import { defaultStateDirectory } from './state-directory.ts'

interface RunOptions {
  state: string
  supervise?: boolean
  cpu?: number
  memory?: number
  limits: boolean
  log: LogSource[]
}
type LogSource = NonNullable<LaunchOptions['logs']>[number]

const agentState = () => `${defaultStateDirectory()}/agent`
const logKinds = ['auth', 'access', 'audit', 'suricata'] as const

export function agentCommand(): Command {
  const command = new Command('agent').description('Run, enrol or inspect the agent of this host.')
  command
    .command('run')
    .description('Run the agent until a signal. RAMPART_ENROLMENT_TOKEN enrols it first when it has no identity yet.')
    .option('--state <dir>', 'state directory of the agent', agentState())
    .option('--supervise', 'start it again when it dies')
    .option('--cpu <fraction>', 'ceiling in cores, e.g. 0.1', Number)
    .option('--memory <megabytes>', 'ceiling of memory', Number)
    .option('--no-limits', 'no ceilings')
    .option(
      '--log <source=path>',
      'log file to watch besides the usual ones; source: auth, access, audit, suricata (repeatable)',
      readLog,
      [],
    )
    .action(runAgent)
  command
    .command('enrol')
    .description('Make an identity for this host with a token from the console (Assets > Add server).')
    .argument('<token>')
    .option('--state <dir>', 'state directory of the agent', agentState())
    .action(async (token: string, options: { state: string }) => {
      const enrolled = await enrol({ token, stateDirectory: options.state })
      if (enrolled.ok) console.log('Enrolled. Start the agent with: rampart agent run')
      else refuse('enrol', enrolled)
    })
  command
    .command('status')
    .description('Show how the agent of this host does. Exit status 1 when it does not run.')
    .option('--state <dir>', 'state directory of the agent', agentState())
    .option('--json', 'print one JSON object')
    .action(async (options: { state: string; json?: boolean }) => {
      const status = await agentStatus(options.state)
      console.log(options.json ? JSON.stringify(status) : describeStatus(status))
      process.exitCode = status.running ? 0 : 1
    })
  return command
}

function readLog(text: string, before: LogSource[]): LogSource[] {
  const place = text.indexOf('=')
  const kind = logKinds.find((name) => name === text.slice(0, place))
  const path = text.slice(place + 1)
  if (!kind || !path.startsWith('/'))
    throw new Error(
      `--log takes <source>=<absolute path> with source ${logKinds.join(', ')}, not ${JSON.stringify(text)}`,
    )
  return [...before, { kind, path }]
}

async function runAgent(options: RunOptions): Promise<void> {
  const token = process.env.RAMPART_ENROLMENT_TOKEN
  // Not for the processes that this one becomes and starts: every one of them could be asked for its environment.
  delete process.env.RAMPART_ENROLMENT_TOKEN
  const status = await agentStatus(options.state)
  const enrolledBefore = status.running || status.identity !== null
  if (!enrolledBefore && token) {
    const enrolled = await enrol({ token, stateDirectory: options.state })
    if (!enrolled.ok) return refuse('run', enrolled)
  }
  await launchAgent({
    stateDirectory: options.state,
    supervised: options.supervise,
    logs: options.log,
    limits: options.limits
      ? {
          ...(options.cpu ? { cpuFraction: options.cpu } : {}),
          ...(options.memory ? { memoryBytes: options.memory * 1024 * 1024 } : {}),
        }
      : 'none',
  })
}

function refuse(command: string, error: { code: string; message: string }): void {
  process.stderr.write(`rampart agent ${command}: ${error.message} [${error.code}]\n`)
  process.exitCode = 2
}
