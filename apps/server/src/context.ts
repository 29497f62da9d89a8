/** What the parts of a running server share. */
import type { AlertStore, IncidentStore } from '@rampart/alert'
import type { EnrolmentToken } from '@rampart/api'
import type { Logger } from 'pino'
import type { AgentPackages } from './agent-packages.ts'
import type { AgentPolicies } from './agent-policies.ts'
import type { AlertOperations } from './alert-operations.ts'
import type { Sessions } from './api/sessions.ts'
import type { Stream } from './api/stream.ts'
import type { ThrottledTries } from './api/throttled-tries.ts'
import type { Tokens } from './api/tokens.ts'
import type { EventArchive } from './archive/event-archive.ts'
import type { SearchProcess } from './archive/search-process.ts'
import type { Batches } from './batches.ts'
import type { DetectorHost } from './detection/detector-host.ts'
import type { Inbox } from './ingest/inbox.ts'
import type { Presence } from './ingest/presence.ts'
import type { Twins } from './ingest/twins.ts'
import type { Inventory } from './inventory/inventory.ts'
import type { Metrics } from './metrics.ts'
import type { Notifier } from './notify/notifier.ts'
import type { NotificationStore } from './notify/store.ts'
import type { Response } from './response/response.ts'
import type { Tasks } from './response/tasks.ts'
import type { Settings } from './settings/settings.ts'
import type { StorageGuard } from './storage-guard.ts'
import type { AgentDecisions } from './store/agent-decisions.ts'
import type { Agents } from './store/agents.ts'
import type { Collections } from './store/collections.ts'
import type { People } from './store/people.ts'
import type { SavedFilters } from './store/saved-filters.ts'
import type { SwitchBoard } from './store/switches.ts'
import type { WhitelistBoard } from './whitelist-board.ts'

export interface Context {
  version: string
  alerts: AlertStore
  incidents: IncidentStore
  agents: Agents
  decisions: AgentDecisions
  collections: Collections
  twins: Twins
  agentPolicies: AgentPolicies
  people: People
  switches: SwitchBoard
  whitelist: WhitelistBoard
  savedFilters: SavedFilters
  operations: AlertOperations
  batches: Batches
  settings: Settings
  detector: DetectorHost
  presence: Presence
  archive: EventArchive
  search: SearchProcess
  inbox: Inbox
  inventory: Inventory
  guard: StorageGuard
  metrics: Metrics
  notifications: NotificationStore
  notifier: Notifier
  tasks: Tasks
  response: Response
  sessions: Sessions
  throttledTries: ThrottledTries
  tokens: Tokens
  /** Where the password of the first administrator stands until it is changed. */
  firstPasswordFile: string
  stream: Stream
  log: Logger
  now: () => number
  /** Takes the certificates of an asset back and cuts its connection; returns how many were good. */
  revokeAgent: (assetId: string, reason: string) => number
  agentPackages: AgentPackages
  /** The line that installs an agent with this token, or null when there is no package. */
  installCommand: (token: string, host: string | null) => Promise<EnrolmentToken['install']>
  /** Makes an enrolment token; `host` is the name under which the caller reached this server. */
  createToken: (request: { uses: number; minutes: number; by: string; host: string | null }) => {
    id: string
    token: string
    expiresAt: number
  }
}
