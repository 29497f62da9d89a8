/** A model held: the finding, its entity, its identity and what held. */
import type { AlertType, Edition, EntityKind, Event, Level, Stage } from '@rampart/event'
import { sha256 } from '@rampart/sigma'
import { readPath } from './event-paths.ts'
import type { Model } from './model.ts'

export interface MatchedField {
  field: string
  value: string
}

export interface Finding {
  /** Deterministic: `<model id>/<event id>`, or for a window `<model id>/<digest of group and window>`. A repeat of the input repeats the id. */
  id: string
  modelId: string
  /** Time of the triggering event, ms since 1970-01-01 UTC. */
  at: number
  assetId: string
  entity: { kind: EntityKind; value: string }
  /** Findings with the same key belong to one alert. From model, asset and the values of `dedupBy`. */
  aggregationKey: string
  title: string
  /** Where an attack came from, when an event says so. */
  sourceAddress?: string
  /** Events of the window, the triggering one last; at most 100. */
  eventIds: string[]
  level: Level
  type: AlertType
  /** Least edition of the asset that raises it, where the model says more than its type. */
  edition?: Edition
  stages: Stage[]
  /** The triggering event. */
  evidence: Event
  /** What held, in the rule's field names; at most 12 values of 512 characters. */
  matched: MatchedField[]
}

const maxEntityLength = 1024
const maxEventIds = 100

/** A fulfilled correlation: its identity, its events and the values of its `group-by`. */
export interface MatchedWindow {
  id: string
  eventIds: readonly string[]
  group?: Readonly<Record<string, string>>
}

/** Builds the finding of a model for its triggering event.  */
export function makeFinding(model: Model, event: Event, matched: MatchedField[], window?: MatchedWindow): Finding {
  const entity = entityOf(model, event, window)
  const sourceAddress = sourceAddressOf(event)
  return {
    id: `${model.id}/${window ? window.id : event.id}`,
    modelId: model.id,
    at: event.at,
    assetId: event.asset.id,
    entity,
    aggregationKey: aggregationKeyOf(model, event, window),
    title: model.title,
    ...(sourceAddress && { sourceAddress }),
    eventIds: window ? window.eventIds.slice(-maxEventIds) : [event.id],
    level: model.level,
    type: model.type,
    ...(model.edition && { edition: model.edition }),
    stages: model.stages,
    evidence: event,
    matched,
  }
}

/** The entity of the model; where neither window nor event has the field it is the asset. */
function entityOf(model: Model, event: Event, window: MatchedWindow | undefined): Finding['entity'] {
  const value = fieldValue(model.entity.field, event, window)
  if (value === undefined || value === '') return { kind: 'asset', value: event.asset.name }
  return { kind: model.entity.kind, value: value.slice(0, maxEntityLength) }
}

/** A name of the window's `group-by` (which may be an alias) is the group's value, whichever event came last. */
function fieldValue(field: string, event: Event, window: MatchedWindow | undefined): string | undefined {
  return window?.group?.[field] ?? readPath(event, field)
}

function aggregationKeyOf(model: Model, event: Event, window: MatchedWindow | undefined): string {
  const values = model.dedupBy.map((field) => fieldValue(field, event, window) ?? null)
  // A digest: values are hostile and of any length, and a key must not be guessed into another alert.
  return `${model.id}/${digestOf(JSON.stringify([event.asset.id, ...values]))}`
}

/** Digests of the latest keys: an attack that goes on has the same again and again. */
const digests = new Map<string, string>()
const maxDigests = 1024
const maxDigestedLength = 1024

function digestOf(text: string): string {
  const known = digests.get(text)
  if (known !== undefined) return known
  const digest = sha256(text).slice(0, 32)
  if (digests.size >= maxDigests) digests.clear()
  if (text.length <= maxDigestedLength) digests.set(text, digest)
  return digest
}

function sourceAddressOf(event: Event): string | undefined {
  // There the source is the asset's own end.
  if (event.type === 'network.connected') return undefined
  return readPath(event, 'source.address')
}
