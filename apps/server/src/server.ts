/** The life of a server, in order: state, recovery, parts, ports, pipeline; and backwards when it stops. */
import { existsSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { shippedModels } from '@rampart/models'
import { registerResponses } from './alert-operations.ts'
import { createApp } from './api/app.ts'
import { firstPassword } from './api/first-password.ts'
import { Checkpoints } from './checkpoints.ts'
import { fail, ok, type StartError } from './errors.ts'
import { openAgentPort } from './ingest/agent-port.ts'
import { agentPortParts } from './ingest/agent-port-parts.ts'
import { createToken } from './ingest/enrolment.ts'
import { IntroducedAssets } from './ingest/introduced-assets.ts'
import { formatAddress, listenError } from './listen-address.ts'
import { reachableHost } from './names.ts'
import type { RunningServer, ServerOptions, StartedServer } from './options.ts'
import { releaseMemory } from './release-memory.ts'
import { compose, type Ports } from './server/compose.ts'
import { openState, type Places } from './server/open-state.ts'
import { runPipeline } from './server/run-pipeline.ts'
import { startUpkeep } from './server/upkeep.ts'
import { reloadSettings } from './settings/reload.ts'
import { readStartSettings } from './settings/start-settings.ts'
import { openStateDirectory, type StateDirectory } from './state-directory.ts'
import { noteAuditHead } from './store/audit-head.ts'
import type { People } from './store/people.ts'

const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
const builtConsole = fileURLToPath(new URL('../../console/dist', import.meta.url))
const releaseMemoryAfterMs = 3000

/** Starts a server in this process. Expected failures are answers, with what to do about them. */
export async function startServer(given: ServerOptions): Promise<StartedServer> {
  const filed = readStartSettings(given)
  if (!filed.ok) return filed
  const { options, listen, agentListen } = filed.value
  const modelsDirectory = options.modelsDirectory ?? shippedModels
  if (!existsSync(modelsDirectory))
    return fail<StartError>({
      code: 'models.unreadable',
      message: `There is no models directory ${modelsDirectory}. Give the right one with --models.`,
    })
  const state = openStateDirectory(options.stateDirectory)
  if (!state.ok) return state
  const undo: (() => unknown)[] = [() => state.value.unlock()]
  try {
    const started = await startIn(
      state.value,
      options,
      { listen, agentListen, modelsDirectory, settings: filed.value },
      undo,
    )
    if (!started.ok) await unwind(undo)
    return started
  } catch (error) {
    await unwind(undo)
    throw error
  }
}

async function unwind(undo: (() => unknown)[]): Promise<void> {
  for (const step of undo.reverse()) await step()
}

async function startIn(
  state: StateDirectory,
  options: ServerOptions,
  places: Places,
  undo: (() => unknown)[],
): Promise<StartedServer> {
  const opened = await openState(state, options, places, undo)
  if (!opened.ok) return opened
  const open = { ...opened.value, version }
  const { alerts, archive, detector, log, now, people, restored, recovered } = open

  const ports: Ports = {
    agents: null,
    consoleUrl: '',
    agentOrigin(host) {
      const port = ports.agents?.address.port ?? places.agentListen.port
      return `https://${formatAddress({ host: reachableHost(places.agentListen.host, host, options.names ?? []), port })}`
    },
  }
  const parts = await compose(state, options, open, ports, undo)
  const { context, announcer, keeper, enrolment } = parts
  const { batches, guard, inbox, notifier, operations, presence, response, search, stream } = context

  // Before the first agent comes: what the archive knows is counted once.
  await response.start()
  const introduced = new IntroducedAssets(context.alerts, context.now)
  await introduced.load()
  const agentPort = await openAgentPort(places.agentListen, {
    tls: parts.agentTls,
    downloads: parts.downloads,
    authority: open.authority.certificate,
    ...agentPortParts(context, enrolment, parts.serverEvents, introduced, options.heartbeatMs ?? 10_000),
  })
  if (!agentPort.ok) return agentPort
  ports.agents = agentPort.value
  undo.push(() => agentPort.value.close())

  const app = await createApp(context, announcer, {
    tls: open.tls,
    names: open.names,
    consoleDirectory: options.consoleDirectory ?? builtConsole,
    metricsToken: options.metricsToken ?? null,
    requestsPerMinute: options.requestsPerMinute,
  })
  undo.push(() => app.close())
  // Whoever is told that the server is ready can sign in.
  const first = await firstUser(people, state.firstPassword, now())
  const bound = await app.listen({ port: places.listen.port, host: places.listen.host }).then(
    () => ok({ host: places.listen.host, port: portOf(app.server.address()) ?? places.listen.port }),
    (cause) => fail(listenError(places.listen, '--listen', cause)),
  )
  if (!bound.ok) return bound
  const consoleHost = reachableHost(bound.value.host, null, options.names ?? [])
  ports.consoleUrl = `${open.tls ? 'https' : 'http'}://${formatAddress({ host: consoleHost, port: bound.value.port })}`

  const checkpoints = new Checkpoints({
    detector,
    archive,
    file: state.checkpoint,
    from: restored,
    everyMs: options.checkpointMs ?? 60_000,
    log,
  })
  const finished = runPipeline(open, parts, checkpoints)
  presence.start()
  // What was raised while the last run ended, or waited for a receiver.
  notifier.look()
  registerResponses(operations, alerts, response.responses)
  batches.resume()
  const tidy = setTimeout(() => {
    releaseMemory()
    search.start()
  }, releaseMemoryAfterMs)
  const endUpkeep = startUpkeep(context, announcer, checkpoints, options, state.path)
  const agentUrl = ports.agentOrigin(null)

  let stopping: Promise<void> | null = null
  const running: RunningServer = {
    ok: true,
    version,
    consoleUrl: ports.consoleUrl,
    agentUrl,
    firstUser: first,
    models: { loaded: detector.catalogue.size, refused: detector.refused.length },
    recovered: { ...recovered, tornBytes: archive.stats().tornBytes },
    createEnrolmentToken: ({ uses = 1, minutes = 60, server = agentUrl } = {}) =>
      createToken(enrolment, { uses, minutes, server, by: 'rampart' }),
    reloadSettings: () => reloadSettings(context, announcer),
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
  log.info({ console: running.consoleUrl, agents: running.agentUrl }, 'ready')
  return running

  async function stop(): Promise<void> {
    endUpkeep()
    clearTimeout(tidy)
    await ports.agents?.close()
    presence.stop()
    response.stop()
    await batches.stop()
    inbox.close()
    setTimeout(() => guard.stop(), 5000).unref()
    const drained = await finished
    await keeper.stop()
    announcer.stop()
    notifier.stop()
    stream.close()
    await app.close()
    if (drained) await checkpoints.write()
    await detector.stop()
    await search.close()
    await archive.close()
    log.info('stopped')
    await new Promise<void>((resolve) => log.flush(() => resolve()))
    const head = people.trail.head()
    if (head) noteAuditHead(state.path, head)
    open.database.close()
    state.unlock()
  }
}

const portOf = (address: AddressInfo | string | null) => (typeof address === 'object' ? address?.port : undefined)

async function firstUser(people: People, file: string, now: number): Promise<RunningServer['firstUser']> {
  const password = await firstPassword(people, file, now)
  return password === null ? null : { name: 'admin', password }
}
