/** Puts the parts of a server together around what it opened; nothing listens yet and nothing flows yet. */
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { ServerMessage } from '@rampart/api'
import { AgentPackages } from '../agent-packages.ts'
import { AgentPolicies } from '../agent-policies.ts'
import { AlertOperations } from '../alert-operations.ts'
import { Announcer } from '../announcer.ts'
import { toProgress } from '../api/handlers/batches.ts'
import { Stream } from '../api/stream.ts'
import { ThrottledTries } from '../api/throttled-tries.ts'
import { Tokens } from '../api/tokens.ts'
import { SearchProcess } from '../archive/search-process.ts'
import { Batches } from '../batches.ts'
import type { Context } from '../context.ts'
import { EvidenceKeeper } from '../evidence-keeper.ts'
import { AgentDownloads } from '../ingest/agent-downloads.ts'
import type { AgentPort } from '../ingest/agent-port.ts'
import { createToken } from '../ingest/enrolment.ts'
import { Inbox } from '../ingest/inbox.ts'
import { Presence } from '../ingest/presence.ts'
import { ServerEvents } from '../ingest/server-events.ts'
import { Twins } from '../ingest/twins.ts'
import { installCommand, keyPin } from '../install-command.ts'
import { Inventory } from '../inventory/inventory.ts'
import { Notifier } from '../notify/notifier.ts'
import { NotificationStore } from '../notify/store.ts'
import type { ServerOptions } from '../options.ts'
import { createResponse } from '../response/response.ts'
import { revokeAgent } from '../revoke-agent.ts'
import type { StateDirectory } from '../state-directory.ts'
import { StorageGuard } from '../storage-guard.ts'
import { AgentDecisions } from '../store/agent-decisions.ts'
import { Agents } from '../store/agents.ts'
import { AlertBatches } from '../store/alert-batches.ts'
import { Collections } from '../store/collections.ts'
import { SavedFilters } from '../store/saved-filters.ts'
import type { OpenState } from './open-state.ts'

const builtPackages = fileURLToPath(new URL('../../../../build/agent-package', import.meta.url))

/** What is known only once the ports are open. */
export interface Ports {
  agents: AgentPort | null
  consoleUrl: string
  /** Where agents find this server when it was asked under the name `host`. */
  agentOrigin(host: string | null): string
}

export type Parts = Awaited<ReturnType<typeof compose>>

export async function compose(
  state: StateDirectory,
  options: ServerOptions,
  open: OpenState,
  ports: Ports,
  undo: (() => unknown)[],
) {
  const { database, authority, releaseKey, seal, names, log, metrics, now, version } = open
  const { alerts, incidents, people, sessions, switches, whitelist, settings, detector, archive } = open
  const agents = new Agents(database)
  const decisions = new AgentDecisions(database)
  const collections = new Collections(database)
  const twins = new Twins()
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
    isLeaving: (assetId) => response.uninstallation.isUnderWay(assetId),
    monotonic: () => performance.now(),
    onChange: (change) =>
      void serverEvents.agentChanged(change).catch((error) => log.error({ error }, 'state of an agent not recorded')),
    onSeen: (assetId) => announcer.assetChanged(assetId),
  })
  const notifications = new NotificationStore(database, seal)
  const notifier = new Notifier({
    store: notifications,
    alerts,
    consoleUrl: () => ports.consoleUrl,
    version,
    log,
    now,
    onChange: () => announcer.bannersChanged(),
  })
  undo.push(() => notifier.stop())
  const isOnline = (assetId: string) => presence.agent(assetId)?.state === 'online'
  const sendTo = (assetId: string, message: ServerMessage) => {
    ports.agents?.connections.get(assetId)?.send(message)
  }
  const agentPolicies = new AgentPolicies(sendTo)
  const response = createResponse({
    database,
    stateDirectory: state.path,
    alerts,
    archive,
    presence,
    agentPolicies,
    settings,
    switches,
    send: sendTo,
    now,
    log,
    onTask: (task) => announcer.taskChanged(task),
    onOperation: (operation) => announcer.operationChanged(operation),
    alertChanged: (alert) => announcer.alertChanged(alert),
    countsChanged: () => announcer.countsChanged(),
    assetChanged: (assetId) => announcer.assetChanged(assetId),
    revoke: (assetId, reason) => void context.revokeAgent(assetId, reason),
  })
  undo.push(() => response.stop())
  const inventory = new Inventory({
    database,
    send: sendTo,
    now,
    onChange: (assetId) => announcer.assetChanged(assetId),
    onRefused: (code) => metrics.refusedMessages.inc({ code }),
  })
  const agentPackages = new AgentPackages(options.agentPackagesDirectory ?? builtPackages)
  const agentTls = await authority.serverCertificate(names, now())
  const pin = keyPin(agentTls.certificate)
  const enrolment = {
    alerts,
    agents,
    decisions,
    people,
    authority,
    releaseKey: releaseKey.publicKey,
    isOnline,
    now,
  }
  const disconnect: AgentPort['disconnect'] = (...connection) => ports.agents?.disconnect(...connection)
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
    collections,
    operations,
    batches,
    detector,
    presence,
    archive,
    search,
    inbox,
    inventory,
    guard,
    metrics,
    notifications,
    notifier,
    sessions,
    throttledTries: new ThrottledTries(people, now),
    tokens: new Tokens(people, now),
    firstPasswordFile: state.firstPassword,
    stream,
    tasks: response.tasks,
    response,
    log,
    now,
    revokeAgent: (assetId, reason) => revokeAgent({ agents, presence, twins, disconnect, now }, assetId, reason),
    createToken: ({ host, ...request }) => createToken(enrolment, { ...request, server: ports.agentOrigin(host) }),
    installCommand: async (token, host) =>
      installCommand(await agentPackages.latest('x64'), ports.agentOrigin(host), pin, token),
    agentPackages,
  }
  context.agentPolicies.contribute('sensor', (assetId) => collections.get(assetId))
  context.agentPolicies.contribute('agent', (assetId) => {
    const megabytes = decisions.spoolMegabytes(assetId)
    return megabytes === null ? undefined : { spoolMaxBytes: megabytes * 1024 * 1024 }
  })
  const announcer = new Announcer(context)
  const keeper = new EvidenceKeeper({ archive, alerts, log, onChange: (alert) => announcer.alertChanged(alert) })
  const downloads = new AgentDownloads({ packages: agentPackages, releaseKey, pin })
  return { context, announcer, keeper, serverEvents, enrolment, downloads, agentTls }
}
