/** Everything that makes agents act, put together. */
import { join } from 'node:path'
import type { Alert, AlertStore, Database } from '@rampart/alert'
import type { ServerMessage } from '@rampart/api'
import type { Event } from '@rampart/event'
import { hasFeature } from '@rampart/policy'
import type { Logger } from 'pino'
import type { AgentPolicies } from '../agent-policies.ts'
import type { EventArchive } from '../archive/event-archive.ts'
import type { Presence } from '../ingest/presence.ts'
import type { Settings } from '../settings/settings.ts'
import type { SwitchBoard } from '../store/switches.ts'
import { BruteForceDefence, longestWindowMs } from './brute-force.ts'
import { DefendAgain } from './defend-again.ts'
import { Downloads } from './downloads.ts'
import { IpRuleStore } from './ip-rule-store.ts'
import { IpRules } from './ip-rules.ts'
import { Offers } from './offers.ts'
import { Quarantine } from './quarantine.ts'
import { dayMs } from './response-plan.ts'
import { Responses } from './responses.ts'
import { type StoredOperation, type StoredTask, TaskStore } from './task-store.ts'
import { newId, Tasks } from './tasks.ts'
import { Uninstallation } from './uninstallation.ts'

export interface ResponseParts {
  database: Database
  stateDirectory: string
  alerts: AlertStore
  archive: EventArchive
  presence: Presence
  agentPolicies: AgentPolicies
  settings: Settings
  switches: SwitchBoard
  send: (assetId: string, message: ServerMessage) => void
  now: () => number
  log: Logger
  onTask: (task: StoredTask) => void
  onOperation: (operation: StoredOperation) => void
  alertChanged: (alert: Alert) => void
  countsChanged: () => void
  assetChanged: (assetId: string) => void
  /** Takes the certificates of an asset back and cuts its connection. */
  revoke: (assetId: string, reason: string) => void
}

export interface Response {
  tasks: Tasks
  quarantine: Quarantine
  ipRules: IpRules
  bruteForce: BruteForceDefence
  offers: Offers
  responses: Responses
  defendAgain: DefendAgain
  uninstallation: Uninstallation
  downloads: Downloads
  /** After the start of everything else: recovers, counts what the archive knows, begins the clocks. */
  start(): Promise<void>
  stop(): void
  /** An agent got its welcome. */
  connected(assetId: string): void
  observe(events: readonly Event[]): void
}

const sweepEveryMs = 60_000
const overdueLimit = 200
const megabyte = 1024 * 1024

export function createResponse(parts: ResponseParts): Response {
  const { database, alerts, presence, settings, switches, now, log, countsChanged } = parts
  const tasks = new Tasks({ ...parts, store: new TaskStore(database) })
  const quarantine = new Quarantine(database)
  const ipRules = new IpRules({
    store: new IpRuleStore(database),
    tasks,
    assets: () => alerts.assets(),
    hasAgent: (assetId) => presence.hasAgent(assetId),
    now,
    onChange: countsChanged,
  })
  const offers = new Offers({ ...parts, tasks, ipRules })
  const responses = new Responses({ ...parts, tasks, quarantine, ipRules, offers })
  const defendAgain = new DefendAgain({ ...parts, tasks, ipRules }, responses)
  const uninstallation = new Uninstallation({ ...parts, tasks, quarantine, rules: ipRules.store })
  const downloads = new Downloads(join(parts.stateDirectory, 'downloads'), tasks)
  const onFault = (error: unknown) => log.error({ error }, 'a response of the server itself failed')
  const bruteForce = new BruteForceDefence({
    rules: ipRules,
    has: (assetId) => hasFeature(switches.asset(assetId).edition, 'brute-force defence'),
    now,
    onFault,
  })
  parts.agentPolicies.contribute('response', () => {
    const approvedAddresses = ipRules.store.approved().map(({ address }) => address)
    return {
      approvedAddresses,
      protectedPaths: settings.get('response.protectedPrograms'),
      vault: {
        keepMs: settings.get('quarantine.keptDays') * dayMs,
        maxBytes: settings.get('quarantine.hostMegabytes') * megabyte,
        maxFileBytes: settings.get('quarantine.fileMegabytes') * megabyte,
      },
    }
  })
  settings.onChange(
    ['response.protectedPrograms', 'quarantine.keptDays', 'quarantine.hostMegabytes', 'quarantine.fileMegabytes'],
    () => parts.agentPolicies.changed(presence.all().map(({ assetId }) => assetId)),
  )
  let clock: NodeJS.Timeout | undefined

  /** Files past their time are destroyed by their host. */
  function sweep(): void {
    try {
      downloads.sweep(now())
      for (const { entry, assetId, path } of quarantine.overdue(now(), overdueLimit)) {
        quarantine.set(entry, 'deleting', null, null, now())
        tasks.begin(
          {
            id: newId('op', now()),
            name: 'delete from quarantine',
            title: `Destroy ${path}: its time is over.`,
            actor: 'rampart',
          },
          [
            {
              id: newId('tk', now()),
              kind: 'delete-quarantined',
              parameters: { entry },
              assetId,
              expiresAt: now() + 30 * dayMs,
            },
          ],
        )
      }
    } catch (error) {
      onFault(error)
    }
  }

  return {
    tasks,
    quarantine,
    ipRules,
    bruteForce,
    offers,
    responses,
    defendAgain,
    uninstallation,
    downloads,
    async start() {
      await responses.recover()
      for await (const event of parts.archive.read(now() - longestWindowMs, now(), { types: ['logon.attempted'] }))
        bruteForce.observe([event], true)
      tasks.start()
      clock = setInterval(sweep, sweepEveryMs)
      clock.unref()
    },
    stop() {
      tasks.stop()
      clearInterval(clock)
    },
    connected(assetId) {
      tasks.connected(assetId)
      ipRules.welcome(assetId).catch(onFault)
    },
    observe(events) {
      try {
        bruteForce.observe(events)
      } catch (error) {
        onFault(error)
      }
    },
  }
}
