/** Puts a server together: state, authority, models, recovery, ports, pipeline; and takes it apart again. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Database, SqliteAlertStore, SqliteIncidentStore } from '@rampart/alert'
import type { ServerMessage } from '@rampart/api'
import { shippedIndicators, shippedModels } from '@rampart/models'
import { AgentPackages } from './agent-packages.ts'
import { AgentPolicies } from './agent-policies.ts'
import { AlertOperations, registerResponses } from './alert-operations.ts'
import { expireAlerts } from './alert-settings.ts'
import { Announcer } from './announcer.ts'
import { createApp } from './api/app.ts'
import { firstPassword } from './api/first-password.ts'
import { toProgress } from './api/handlers/batches.ts'
import { Sessions } from './api/sessions.ts'
import { Stream } from './api/stream.ts'
import { Tokens } from './api/tokens.ts'
import { lastStoredPlace, sweepEvents } from './archive/retention.ts'
import { SearchProcess } from './archive/search-process.ts'
import { SegmentArchive } from './archive/segment-archive.ts'
import { Batches } from './batches.ts'
import { Checkpoints } from './checkpoints.ts'
import { consoleTls } from './console-tls.ts'
import type { Context } from './context.ts'
import { DeadLetters } from './dead-letters.ts'
import { DetectorHost } from './detection/detector-host.ts'
import { fail, ok, type Result, type StartError } from './errors.ts'
import { EvidenceKeeper } from './evidence-keeper.ts'
import { AgentDownloads } from './ingest/agent-downloads.ts'
import { type AgentPort, openAgentPort } from './ingest/agent-port.ts'
import { agentPortParts } from './ingest/agent-port-parts.ts'
import { Authority } from './ingest/authority.ts'
import { createToken } from './ingest/enrolment.ts'
import { Inbox } from './ingest/inbox.ts'
import { Presence } from './ingest/presence.ts'
import { ReleaseKey } from './ingest/release-key.ts'
import { ServerEvents } from './ingest/server-events.ts'
import { Twins } from './ingest/twins.ts'
import { installCommand, keyPin } from './install-command.ts'
import { formatAddress, type ListenAddress, listenError } from './listen-address.ts'
import { createLog } from './log.ts'
import { measurePipeline } from './measure-pipeline.ts'
import { createMetrics } from './metrics.ts'
import { reachableHost, reachableNames } from './names.ts'
import { Notifier } from './notify/notifier.ts'
import { NotificationStore } from './notify/store.ts'
import type { RunningServer, ServerOptions, StartedServer } from './options.ts'
import { type Pipeline, recover, run } from './pipeline.ts'
import { releaseMemory } from './release-memory.ts'
import { createResponse } from './response/response.ts'
import { revokeAgent } from './revoke-agent.ts'
import { joinKubernetesSwitch } from './settings/kubernetes-switch.ts'
import { reloadSettings } from './settings/reload.ts'
import { Settings } from './settings/settings.ts'
import type { SettingsFile } from './settings/settings-file.ts'
import { archiveLimits, readStartSettings, sessionLimits } from './settings/start-settings.ts'
import { openStateDirectory, type StateDirectory } from './state-directory.ts'
import { StoppedError, StorageGuard } from './storage-guard.ts'
import { AgentDecisions } from './store/agent-decisions.ts'
import { Agents } from './store/agents.ts'
import { AlertBatches } from './store/alert-batches.ts'
import { commitSafely } from './store/commit-safely.ts'
import { migrations } from './store/migrations.ts'
import { People } from './store/people.ts'
import { SavedFilters } from './store/saved-filters.ts'
import { SwitchBoard } from './store/switches.ts'
import { WhitelistBoard } from './whitelist-board.ts'

const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
const builtConsole = fileURLToPath(new URL('../../console/dist', import.meta.url))
const builtPackages = fileURLToPath(new URL('../../../build/agent-package', import.meta.url))
const sweepEveryMs = 60_000
const findingsPerSweep = 20_000
const dayMs = 24 * 3_600_000
/** Much longer than any window in which alerts are joined, so that late events still find their incident. */
const keepJoinKeysMs = 7 * 24 * 3_600_000
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

interface Places {
  listen: ListenAddress
  agentListen: ListenAddress
  modelsDirectory: string
  settings: { path: string; file: SettingsFile }
}

async function startIn(
  state: StateDirectory,
  options: ServerOptions,
  places: Places,
  undo: (() => unknown)[],
): Promise<StartedServer> {
  const now = () => Date.now()
  const opened = Database.open(state.database, migrations)
  if (!opened.ok) return fail<StartError>(opened.error)
  const { database } = opened
  undo.push(() => database.close())
  const authority = await Authority.open(state.authority, now())
  if (!authority.ok) return authority
  // One certificate for both ports, so that neither makes the other's anew.
  const given = options.names ?? []
  const names = [...new Set([places.listen, places.agentListen].flatMap(({ host }) => reachableNames(host, given)))]
  const tls = await consoleTls(options, places.listen, names, authority.value, now())
  if (!tls.ok) return tls

  const log = createLog(options.log ?? 'stderr', options.logLevel ?? 'info')
  const metrics = createMetrics()
  const deadLetters = new DeadLetters(state.deadLetters, metrics, now)
  const alerts = new SqliteAlertStore(database)
  const stored = { commit: commitSafely(alerts, deadLetters), streams: () => alerts.streams() }
  const incidents = new SqliteIncidentStore(database)
  const agents = new Agents(database)
  const decisions = new AgentDecisions(database)
  const twins = new Twins()
  const people = new People(database)
  const switches = new SwitchBoard(database)
  const whitelist = new WhitelistBoard(database)
  const settings = new Settings(database, places.settings.path, places.settings.file)
  joinKubernetesSwitch(settings, switches)
  const sessions = new Sessions(people, () => sessionLimits(settings), now)
  const detector = DetectorHost.load(places.modelsDirectory, options.indicatorDirectories ?? [shippedIndicators], {
    workers: options.detectionWorkers,
    onProblem: (message, error) => log.error({ error }, message),
  })
  undo.push(() => detector.stop())
  const archive = await SegmentArchive.open(
    state.archive,
    archiveLimits(settings, options),
    lastStoredPlace(state.searchable),
  )
  undo.push(() => archive.close())
  settings.onChange(['retention.eventDays', 'retention.eventGigabytes'], () =>
    archive.limit(archiveLimits(settings, options)),
  )
  const restored = await detector.restore(state.checkpoint, archive, now())
  const recovered = await recover({ archive, detector, policy: switches, whitelist, alerts: stored, now }, restored)
  log.info(
    { ...recovered, ...archive.stats(), models: detector.catalogue.size, refused: detector.refused.length },
    'state opened',
  )

  const search = new SearchProcess({
    settings: {
      ...{ memoryMb: 256, threads: 2, temporaryMb: 1024, ...options.search },
      log: state.archive,
      files: state.searchable,
      temporary: state.searchTemporary,
    },
    position: () => archive.position(),
    log,
  })
  undo.push(() => search.close())
  const inbox = new Inbox()
  const stream = new Stream(metrics, randomBytes(6).toString('hex'))
  const serverEvents = new ServerEvents(inbox, alerts, now)
  await serverEvents.open()
  const guard = new StorageGuard({ metrics, directory: state.path, now, onChange: () => announcer.bannersChanged() })
  const presence = new Presence({
    agents,
    silentAfterMs: options.silentAfterMs ?? settings.get('agents.silentAfterSeconds') * 1000,
    now,
    monotonic: () => performance.now(),
    onChange: (change) =>
      void serverEvents.agentChanged(change).catch((error) => log.error({ error }, 'state of an agent not recorded')),
    onSeen: (assetId) => announcer.assetChanged(assetId),
  })
  const notifications = new NotificationStore(database)
  const notifier = new Notifier({
    store: notifications,
    alerts,
    consoleUrl: () => consoleUrl,
    version,
    log,
    now,
    onChange: () => announcer.bannersChanged(),
  })
  undo.push(() => notifier.stop())
  let consoleUrl = ''
  const isOnline = (assetId: string) => presence.agent(assetId)?.state === 'online'
  const sendTo = (assetId: string, message: ServerMessage) => {
    if (agentPort.ok) agentPort.value.connections.get(assetId)?.send(message)
  }
  const agentPolicies = new AgentPolicies(sendTo)
  const response = createResponse({
    database,
    stateDirectory: state.path,
    alerts,
    archive,
    presence,
    agentPolicies,
    send: sendTo,
    now,
    log,
    onTask: (task) => announcer.taskChanged(task),
    onOperation: (operation) => announcer.operationChanged(operation),
    alertChanged: (alert) => announcer.alertChanged(alert),
    countsChanged: () => announcer.countsChanged(),
  })
  const releaseKey = ReleaseKey.open(state.authority)
  if (!releaseKey.ok) return releaseKey
  const agentPackages = new AgentPackages(options.agentPackagesDirectory ?? builtPackages)
  const agentTls = await authority.value.serverCertificate(names, now())
  const pin = keyPin(agentTls.certificate)
  const enrolment = {
    alerts,
    agents,
    decisions,
    people,
    authority: authority.value,
    releaseKey: releaseKey.value.publicKey,
    isOnline,
    now,
  }
  const disconnect: AgentPort['disconnect'] = (...connection) =>
    agentPort.ok && agentPort.value.disconnect(...connection)
  const operations = new AlertOperations(alerts)
  const batches = new Batches({
    alerts,
    operations,
    store: new AlertBatches(database),
    log,
    now,
    onProgress: (batch) => announcer.batchChanged(toProgress(batch)),
    onChange: (changed) => announcer.alertsChanged(changed),
  })
  const context: Context = {
    version,
    alerts,
    incidents,
    agents,
    agentPolicies,
    decisions,
    twins,
    people,
    settings,
    switches,
    whitelist,
    savedFilters: new SavedFilters(database),
    operations,
    batches,
    detector,
    presence,
    archive,
    search,
    inbox,
    guard,
    metrics,
    notifications,
    notifier,
    sessions,
    tokens: new Tokens(people, now),
    firstPasswordFile: state.firstPassword,
    stream,
    tasks: response.tasks,
    response,
    log,
    now,
    revokeAgent: (assetId, reason) => revokeAgent({ agents, presence, twins, disconnect, now }, assetId, reason),
    createToken: ({ host, ...request }) => createToken(enrolment, { ...request, server: agentOrigin(host) }),
    installCommand: async (token, host) =>
      installCommand(await agentPackages.latest('x64'), agentOrigin(host), pin, token),
    agentPackages,
  }
  context.agentPolicies.contribute('agent', (assetId) => {
    const megabytes = decisions.spoolMegabytes(assetId)
    return megabytes === null ? undefined : { spoolMaxBytes: megabytes * 1024 * 1024 }
  })
  const announcer = new Announcer(context)
  const keeper = new EvidenceKeeper({ archive, alerts, log, onChange: (alert) => announcer.alertChanged(alert) })

  // Before the first agent comes: what the archive knows is counted once.
  undo.push(() => response.stop())
  await response.start()
  const agentPort = await openAgentPort(places.agentListen, {
    tls: agentTls,
    downloads: new AgentDownloads({ packages: agentPackages, releaseKey: releaseKey.value, pin }),
    authority: authority.value.certificate,
    ...agentPortParts(context, enrolment, serverEvents, options.heartbeatMs ?? 10_000),
  })
  if (!agentPort.ok) return agentPort
  undo.push(() => agentPort.value.close())

  const app = await createApp(context, announcer, {
    tls: tls.value,
    names,
    consoleDirectory: options.consoleDirectory ?? builtConsole,
    metricsToken: options.metricsToken ?? null,
    requestsPerMinute: options.requestsPerMinute,
  })
  undo.push(() => app.close())
  const bound = await app.listen({ port: places.listen.port, host: places.listen.host }).then(
    () => ok({ host: places.listen.host, port: portOf(app.server.address()) ?? places.listen.port }),
    (cause) => fail(listenError(places.listen, '--listen', cause)),
  )
  if (!bound.ok) return bound
  const consoleHost = reachableHost(bound.value.host, null, options.names ?? [])
  consoleUrl = `${tls.value ? 'https' : 'http'}://${formatAddress({ host: consoleHost, port: bound.value.port })}`

  const checkpoints = new Checkpoints({
    detector,
    archive,
    file: state.checkpoint,
    from: restored,
    everyMs: options.checkpointMs ?? 60_000,
    log,
  })
  const pipeline: Pipeline = {
    inbox,
    archive: {
      append: async (batches) => {
        await archive.append(batches)
        search.grown()
      },
    },
    detector,
    policy: switches,
    whitelist,
    alerts: stored,
    respond: (events) => response.observe(events),
    announce: (committed) => {
      announcer.announce(committed)
      notifier.look()
      keeper.keep(committed.windows)
    },
    setAside: (arrivals) => deadLetters.setAside(arrivals),
    untilStored: (write) => guard.untilStored(write),
    settled: () => checkpoints.due(),
    now,
  }
  const finished = run(measurePipeline(pipeline, metrics)).then(
    () => true,
    (error) => {
      // Waiting for a full disk while stopping; anything else is a bug, and the supervisor starts anew.
      if (error instanceof StoppedError) return false
      log.fatal({ error }, 'the pipeline ended')
      process.exitCode = 1
      setImmediate(() => {
        throw error
      })
      return false
    },
  )
  presence.start()
  // What was raised while the last run ended, or waited for a receiver.
  notifier.look()
  registerResponses(operations, alerts, response.responses)
  batches.resume()
  const tidy = setTimeout(() => {
    releaseMemory()
    search.start()
  }, releaseMemoryAfterMs)
  const sweep = setInterval(() => {
    const swept = Promise.all([
      sweepEvents({ ...archiveLimits(settings, options), archive, search, checkpoint: checkpoints.position }, now()),
      archive.sweep(now()),
      people.trail.sweep(now() - settings.get('retention.auditDays') * dayMs, now()),
      incidents.forgetKeys(now() - keepJoinKeysMs, findingsPerSweep),
      expireAlerts(alerts, settings, now()).then((expired) => announcer.alertsChanged(expired)),
      alerts.forgetFindings(now() - archiveLimits(settings, options).maxAgeMs, findingsPerSweep),
    ])
    swept.catch((error) => log.warn({ error }, 'sweep failed'))
  }, sweepEveryMs)

  const agentUrl = agentOrigin(null)
  function agentOrigin(host: string | null): string {
    const port = agentPort.ok ? agentPort.value.address.port : places.agentListen.port
    return `https://${formatAddress({ host: reachableHost(places.agentListen.host, host, options.names ?? []), port })}`
  }

  let stopping: Promise<void> | null = null
  const running: RunningServer = {
    ok: true,
    version,
    consoleUrl,
    agentUrl,
    firstUser: await firstUser(people, state.firstPassword, now()),
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
    clearInterval(sweep)
    clearTimeout(tidy)
    await closePort(agentPort)
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
    database.close()
    state.unlock()
  }
}

const portOf = (address: AddressInfo | string | null) => (typeof address === 'object' ? address?.port : undefined)

async function closePort(port: Result<AgentPort>): Promise<void> {
  if (port.ok) await port.value.close()
}

async function firstUser(people: People, file: string, now: number): Promise<RunningServer['firstUser']> {
  const password = await firstPassword(people, file, now)
  return password === null ? null : { name: 'admin', password }
}
