/** A server in a process of its own, for tests that end it: `--state DIR …`; prints one JSON line when it is ready. */
import { parseArgs } from 'node:util'
import { startServer } from '../index.ts'

const { values } = parseArgs({
  options: {
    state: { type: 'string' },
    config: { type: 'string' },
    listen: { type: 'string' },
    'agent-listen': { type: 'string' },
    models: { type: 'string' },
    indicators: { type: 'string', multiple: true },
    console: { type: 'string' },
    name: { type: 'string', multiple: true },
    'tls-certificate': { type: 'string' },
    'tls-key': { type: 'string' },
    'silent-after-ms': { type: 'string' },
    'heartbeat-ms': { type: 'string' },
    'checkpoint-ms': { type: 'string' },
    'metrics-token': { type: 'string' },
    log: { type: 'string' },
    'log-level': { type: 'string' },
  },
})

const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
if (!values.state) {
  process.stderr.write('Give the state directory with --state DIR.\n')
  process.exit(2)
}
const certificateFile = values['tls-certificate']
const keyFile = values['tls-key']
const server = await startServer({
  stateDirectory: values.state,
  settingsFile: values.config,
  listen: values.listen,
  agentListen: values['agent-listen'],
  modelsDirectory: values.models,
  indicatorDirectories: values.indicators,
  consoleDirectory: values.console,
  names: values.name,
  ...(certificateFile && keyFile && { tls: { certificateFile, keyFile } }),
  silentAfterMs: number(values['silent-after-ms']),
  heartbeatMs: number(values['heartbeat-ms']),
  checkpointMs: number(values['checkpoint-ms']),
  metricsToken: values['metrics-token'],
  log: values.log,
  logLevel: values['log-level'] as 'info' | undefined,
})
if (!server.ok) {
  process.stderr.write(`${server.error.code} ${server.error.message}\n`)
  process.exit(2)
}
const { token } = server.createEnrolmentToken()
const { consoleUrl, agentUrl, firstUser, models, recovered } = server
process.stdout.write(
  `${JSON.stringify({ state: 'ready', pid: process.pid, consoleUrl, agentUrl, firstUser, models, recovered, token })}\n`,
)
process.on('SIGHUP', () => void server.reloadSettings())
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void server.stop().then(() => process.exit(0))
  })
