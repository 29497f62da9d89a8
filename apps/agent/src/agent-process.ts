/** The agent as a process of its own: settings as JSON on its command line, one JSON line out whenever it connects. */
import { type AgentOptions, startAgent } from './agent.ts'
import { keepSmall } from './host/memory.ts'
import { openNotifier } from './host/notify.ts'
import { hostShutsDown } from './host/shutdown.ts'
import { changeVersionStatus } from './upgrade/trial.ts'

/** Runs until a signal. Exits with 0 after a stop in good order, 2 when it cannot start, 75 to be replaced by another version. */
export async function runAgent(options: AgentOptions): Promise<void> {
  // Whoever read the output may be gone; the work goes on.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  let said = ''
  const notifier = await openNotifier(process.env)
  const started = await startAgent({
    ...options,
    onUpgrade: (version) => void end(`upgrade to ${version}`, changeVersionStatus),
    onState: (state) => {
      if (state.connected) process.stdout.write(`${JSON.stringify({ state: 'connected', ...facts })}\n`)
      // Not once more for every attempt that fails in the same way.
      else if (state.lastError !== '' && state.lastError !== said)
        process.stderr.write(`not connected: ${state.lastError.replaceAll(/[^ -~]/g, '?')}\n`)
      said = state.connected ? '' : state.lastError
    },
  })
  if (!started.ok) {
    process.stderr.write(`${started.message} [${started.code}]\n`)
    process.exit(2)
  }
  notifier.ready()
  keepSmall()
  const { agent } = started
  const facts = { assetId: agent.assetId, server: agent.server, pid: process.pid }
  let stopping = false
  async function end(reason: string, status = 0): Promise<void> {
    if (stopping) return
    stopping = true
    // Whatever hangs, the end comes in time.
    setTimeout(() => process.exit(status), 2_800).unref()
    notifier.stop()
    await agent.stop(reason)
    process.exit(status)
  }
  const stop = (signal: NodeJS.Signals) => void end(hostShutsDown() ? 'the host shuts down' : signal)
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

if (import.meta.main) await runAgent(JSON.parse(process.argv[2] ?? '{}'))
