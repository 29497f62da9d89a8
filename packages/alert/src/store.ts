/** What the server asks of the place where alerts live. Every implementation passes `store.contract.ts`. */

import type { AlertState, Event } from '@rampart/event'
import type {
  Alert,
  AlertFacets,
  AlertFilter,
  AlertNumbers,
  AlertQuery,
  AlertStatistics,
  Asset,
  AssetChange,
  AssetScope,
  Evidence,
  HistoryEntry,
  Page,
  Similar,
} from './alert.ts'
import type { Finding } from './finding.ts'
import type { OperationName, OperationOffer } from './life-cycle.ts'

/** A numbered sequence of batches: one spool of one agent, or the server's own events. */
export interface Stream {
  /** Asset id of the agent, or `server`. */
  source: string
  spoolId: string
}

/** Everything that one pass of the pipeline changes. It is committed whole or not at all. */
export interface Work {
  findings: readonly Finding[]
  /** Highest sequence per stream that this work completes. */
  acknowledged: readonly (Stream & { sequence: number; events: number })[]
  /** Server clock. */
  at: number
}

/** An alert that a commit made or changed, as it stands after the commit. */
export interface Raised {
  change: 'raised' | 'updated'
  alert: Alert
}

/** A new finding of several events: all of them but the one that is its evidence already. */
export interface EvidenceWindow {
  alertId: string
  findingId: string
  /** Of the finding, ms. */
  at: number
  eventIds: string[]
}

export interface Committed {
  raised: Raised[]
  /** Ids of incidents that came into being, grew or changed. */
  incidents: string[]
  /** Windows whose other events may be added as evidence. */
  windows: EvidenceWindow[]
  /** Findings whose id was stored before: they changed nothing. */
  repeated: number
  /** Findings that a whitelisted alert, a silently defended one or a whitelist rule took in. */
  absorbed: number
  /** Silently defended alerts that happened again, with the latest finding: what defends acts once more, nobody is told. */
  defended: { alert: Alert; finding: Finding }[]
}

export interface Handling {
  alertId: string
  operation: OperationName
  /** The version that the person saw. Repeats since do not matter; decisions since do. */
  version: number
  actor: string
  at: number
  /** Id of the batch that this is part of. */
  batch?: string
  /** For `undo`: takes back only what this batch decided; anything decided since is `alert.changed`. */
  undoBatch?: string
  note?: string
  /** For `assign`: user name, or null to take the assignment back. */
  assignee?: string | null
}

/** A note written anew by its author, or taken away. */
export interface NoteChange {
  alertId: string
  /** Id of the entry of the history that holds it. */
  entry: string
  /** Null takes it away. */
  note: string | null
  actor: string
  at: number
}

/** What an operation that agents carry out does to the alert. */
export interface Movement {
  alertId: string
  /** The version that the person saw; left out for what follows from results. */
  version?: number
  /** Null leaves the state; so does a state that may not follow, or one that would make two open alerts of a kind. */
  to: AlertState | null
  operation: string
  actor: string
  note: string | null
  at: number
  /** Id of the batch that this is part of. */
  batch?: string
}

export interface HandlingRefused {
  code:
    | 'alert.not-found'
    | 'alert.changed'
    | 'alert.not-offered'
    | 'alert.note-missing'
    | 'alert.note-not-found'
    | 'alert.note-not-yours'
    | 'alert.assignee-missing'
  message: string
  /** With `alert.changed`: what was decided since, and how the alert stands now. */
  conflict?: { actor: string; operation: string; at: number; state: AlertState; version: number }
}

export type Handled = { ok: true; alert: Alert } | { ok: false; error: HandlingRefused }

export interface AlertStore {
  /** Stores findings, raises and updates alerts, moves the acknowledged sequences on; one durable transaction. */
  commit(work: Work): Promise<Committed>
  /** Last sequence of a stream that is durably stored; 0 for none. */
  acknowledged(stream: Stream): Promise<number>
  /** All streams with their last sequence. */
  streams(): Promise<(Stream & { sequence: number })[]>
  /** Events taken in from one source since it first appeared. */
  eventsReceived(source: string): Promise<number>

  get(id: string): Promise<Alert | null>
  list(query: AlertQuery): Promise<Page<Alert>>
  facets(filter: AlertFilter): Promise<AlertFacets>
  numbers(now: number, scope?: AssetScope): Promise<AlertNumbers>
  /** Of alerts raised in `from < at <= to`, in `steps` equal parts. */
  statistics(span: { from: number; to: number; steps: number }, scope?: AssetScope): Promise<AlertStatistics>
  /** Adds events to the evidence of an alert, each once. Returns the alert, or null when nothing was new. */
  addEvidence(alertId: string, findingId: string, events: readonly Event[]): Promise<Alert | null>
  /** Newest first, at most 50; the first and the latest are always among them. */
  evidence(id: string): Promise<Evidence[]>
  /** Ids of the events behind the findings of an alert, newest first. */
  eventIds(id: string, limit: number): Promise<string[]>
  /** Oldest first. */
  history(id: string): Promise<HistoryEntry[]>
  /** Alerts of the same asset that share a process, address or account; strongest link first. */
  related(id: string, limit: number): Promise<Alert[]>
  /** Alerts whose evidence is about one of these processes of an asset, latest first; at most 20 for each. */
  ofProcesses(assetId: string, entityIds: readonly string[]): Promise<Map<string, Alert[]>>
  operations(id: string): Promise<OperationOffer[]>
  /** Changes an alert if nobody decided something about it since `version`. */
  handle(handling: Handling): Promise<Handled>
  /** Writes what an operation of agents does into state and history; fails only with `alert.not-found` and `alert.changed`. */
  move(movement: Movement): Promise<Handled>
  /** Changes a note; fails with `alert.not-found`, `alert.note-not-found` and `alert.note-not-yours`. */
  changeNote(change: NoteChange): Promise<Handled>
  /** Handles several alerts in one transaction; each has an answer of its own, in their order. */
  handleMany(handlings: readonly Handling[]): Promise<Handled[]>
  /** Alerts that a filter finds, with their versions, oldest first, at most `limit`. */
  matching(filter: AlertFilter, limit: number): Promise<{ id: string; version: number }[]>
  /** Ids of alerts with something in their history from this batch, but for what was never begun. */
  inBatch(batch: string): Promise<Set<string>>
  /** In what an alert is like others, and how many open ones are like it; itself included. */
  similar(id: string, scope?: AssetScope): Promise<Similar[]>
  /**
   * Closes at most `limit` unhandled alerts that neither happened nor were decided about since `before`, as `expired`.
   * Returns them.
   */
  expire(before: number, at: number, limit: number): Promise<Alert[]>
  /** Open alerts and the time of the latest finding per model. */
  countsByModel(scope?: AssetScope): Promise<Map<string, { open: number; lastAt: number }>>
  /** Open alerts per asset and level. */
  countsByAsset(): Promise<Map<string, { Urgent: number; Warning: number; Notice: number }>>

  /**
   * Forgets at most `limit` findings stored before an instant; their alerts and evidence stay. Returns how many. A
   * finding that is forgotten would count again if its events came again, so keep them longer than any repeat can take.
   */
  forgetFindings(before: number, limit: number): Promise<number>

  /** Makes the asset or changes the given fields. */
  saveAsset(change: AssetChange, at: number): Promise<Asset>
  asset(id: string): Promise<Asset | null>
  /** All assets, by name. */
  assets(): Promise<Asset[]>
}
