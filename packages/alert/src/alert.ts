/** Alerts as they are stored, and what can be asked of them. Instants are ms since 1970-01-01 UTC. */
import type { AlertState, AlertType, AssetKind, Edition, EntityKind, Event, Level, Stage } from '@rampart/event'

export interface Alert {
  id: string
  aggregationKey: string
  modelId: string
  title: string
  type: AlertType
  level: Level
  state: AlertState
  stages: Stage[]
  techniques: string[]
  asset: AssetIdentity
  entity: { kind: EntityKind; value: string }
  sourceAddress: string | null
  /** How many findings it stands for. */
  count: number
  firstAt: number
  lastAt: number
  /** When the store made it; trends count by it. */
  raisedAt: number
  assignee: string | null
  noteCount: number
  /** Evidence events seen, also those no longer kept. */
  evidenceTotal: number
  /** Fields that made the latest finding hold. */
  matched: { field: string; value: string }[]
  /** Repeats since it was whitelisted or closed with `defend without notification`; they are not in `count`. */
  hits: number
  lastHitAt: number | null
  /** True after `defend without notification`. */
  silent: boolean
  /** Rises by one with every change. */
  version: number
}

export interface AssetIdentity {
  id: string
  name: string
  kind: AssetKind
  addresses: string[]
  /** The asset group that it is in. */
  group: string | null
}

/** Which assets somebody may see: null for every one, otherwise only those of these groups. */
export type AssetScope = { groups: readonly string[] } | null

/** An asset as the alert store knows it; what its agent reports lives with the agents. */
export interface Asset extends AssetIdentity {
  tags: string[]
  edition: Edition
  operatingSystem: string | null
  kernel: string | null
  createdAt: number
}

/** What is written of an asset; fields left out stay as they are. */
export type AssetChange = Pick<Asset, 'id'> & Partial<Omit<Asset, 'id' | 'createdAt'>>

/** One row of the history of an alert. */
export interface HistoryEntry {
  id: string
  at: number
  actor: string
  operation: string
  fromState: AlertState | null
  toState: AlertState | null
  note: string | null
  /** Id of the entry that this one took back. */
  undoes: string | null
  /** True when a later entry took it back. */
  undone: boolean
  /** Id of the batch that it was part of. */
  batch: string | null
  /** When its author wrote the note anew or took it away; what was there stands in a later entry. */
  editedAt: number | null
}

/** Filters: values of one field are joined by or, fields by and. */
export interface AlertFilter {
  /** `no`: unhandled and handling. Without effect when `state` is given. */
  handled: 'no' | 'yes' | 'all'
  state?: readonly AlertState[]
  level?: readonly Level[]
  type?: readonly AlertType[]
  stage?: readonly Stage[]
  kind?: readonly AssetKind[]
  group?: readonly string[]
  asset?: readonly string[]
  model?: readonly string[]
  /** A technique also finds its sub-techniques. */
  technique?: readonly string[]
  /** User names; null finds alerts of nobody. */
  assignee?: readonly (string | null)[]
  /** Source addresses, exactly. */
  source?: readonly string[]
  /** Ids of events in the evidence. */
  event?: readonly string[]
  /** SHA-256 of a file or program in the evidence. */
  hash?: readonly string[]
  /** Remote addresses in the evidence: where it came from or went to. */
  address?: readonly string[]
  /** URLs in the evidence, as requested. */
  url?: readonly string[]
  /** Ids of incidents; that of a merged one finds those of the one that took its alerts. */
  incident?: readonly string[]
  /** Words, each of which must stand in the title, entity, source address, asset name or asset address. */
  q?: string
  /** Last seen at or after. */
  from?: number
  /** Last seen before or at. */
  to?: number
  /** Alerts of other assets are left out, and counted nowhere. */
  scope?: AssetScope
}

export type AlertSort = 'lastAt' | 'firstAt' | 'level' | 'count' | 'title' | 'asset' | 'type' | 'state'

export interface AlertQuery extends AlertFilter {
  sort: AlertSort
  order: 'asc' | 'desc'
  /** `nextCursor` of the page before, with the same sort and order. */
  cursor?: string
  limit: number
}

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
  total: number
}

/** Per facet the count of each value under all other filters. Groups and kinds are those of the assets. */
export interface AlertFacets {
  level: Record<string, number>
  type: Record<string, number>
  stage: Record<string, number>
  kind: Record<string, number>
  group: Record<string, number>
  state: Record<string, number>
  /** By user name; `@nobody` for alerts of nobody. */
  assignee: Record<string, number>
}

/** Alerts that are like one alert in one respect, and the filter that finds them all (the alert among them). */
export interface Similar {
  by: 'type' | 'model' | 'hash' | 'address' | 'url'
  value: string
  total: number
}

/** Alerts raised within a span of time, handled or not. */
export interface AlertStatistics {
  stepMs: number
  /** One for each step, oldest first. */
  overTime: Record<Level, number>[]
  byLevel: Record<Level, number>
  byType: Record<string, number>
  /** An alert counts for each of its stages. */
  byStage: Record<string, number>
  topAssets: { id: string; count: number }[]
  topModels: { id: string; count: number }[]
}

/** Counts of alerts that are not handled, with what was new in each of the last 24 hours, oldest first. */
export interface AlertNumbers {
  alertingAssets: Trended
  open: Trended
  openUrgent: Trended
  autoBlocked: Trended
}
export interface Trended {
  value: number
  trend: number[]
}

/** Evidence of an alert: the event, and the finding it came with. */
export interface Evidence {
  event: Event
  findingId: string
}
