/** What this package needs to know of a finding; a `Finding` of @rampart/detection is one. */
import type { AlertType, EntityKind, Event, Level, Stage } from '@rampart/event'

/** A model held for one event or a window of events. */
export interface Finding {
  /** Deterministic: the same events and model give the same id. */
  id: string
  modelId: string
  /** ms since epoch, of the event that completed the finding. */
  at: number
  assetId: string
  entity: { kind: EntityKind; value: string }
  /** Equal for findings that belong to one alert: model, asset and the model's `dedupBy` values. */
  aggregationKey: string
  title: string
  sourceAddress?: string
  eventIds: readonly string[]
  level: Level
  type: AlertType
  stages: readonly Stage[]
  techniques?: readonly string[]
  /** The event that completed the finding. */
  evidence: Event
  matched: readonly { field: string; value: string }[]
}
