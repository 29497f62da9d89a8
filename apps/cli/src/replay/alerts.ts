/** Findings of a replay → alerts, aggregated as the server does it: one per model, asset and `dedupBy` values. */
import type { Detector, Finding } from '@rampart/detection'

/** Where an event stands in the input. */
export interface RecordPlace {
  file: string
  record: number
}

/** One line of output; the names are a contract. */
export interface ReplayAlert {
  model: string
  title: string
  type: string
  level: string
  stages: string[]
  techniques: string[]
  asset: string
  entity: { kind: string; value: string }
  sourceAddress: string | null
  /** Findings, as the server counts them. */
  count: number
  firstAt: string
  lastAt: string
  /** Records of the events, in order of the input; at most 100. */
  records: RecordPlace[]
}

/** A finding whose event is no longer at hand. */
export type BookedFinding = Omit<Finding, 'evidence' | 'matched'> & { asset: string }

const maxRecords = 100
const maxAlerts = 500_000

interface Open extends ReplayAlert {
  firstMs: number
  lastMs: number
  /** Its records are of one file, in order. */
  isAscending: boolean
}

export interface AlertBook {
  /** `places` are those of the finding's events that are known, the triggering one last. */
  add(finding: BookedFinding, places: readonly RecordPlace[]): void
  /** Alerts in the order of their first finding. */
  all(): Iterable<ReplayAlert>
  readonly size: number
  /** Findings that found no room; 0 unless there are more than 500,000 alerts. */
  readonly dropped: number
}

export function createAlertBook(detector: Detector): AlertBook {
  const open = new Map<string, Open>()
  let dropped = 0

  return {
    add(finding, places) {
      const known = open.get(finding.aggregationKey)
      if (!known && open.size >= maxAlerts) {
        dropped++
        return
      }
      const alert = known ?? begin(finding, detector)
      if (!known) open.set(finding.aggregationKey, alert)
      alert.count++
      alert.firstMs = Math.min(alert.firstMs, finding.at)
      alert.lastMs = Math.max(alert.lastMs, finding.at)
      alert.sourceAddress ??= finding.sourceAddress ?? null
      for (const place of places) {
        if (alert.records.length >= maxRecords) break
        addPlace(alert, place)
      }
    },
    *all() {
      for (const { firstMs, lastMs, isAscending: _isAscending, ...alert } of open.values())
        yield { ...alert, firstAt: new Date(firstMs).toISOString(), lastAt: new Date(lastMs).toISOString() }
    },
    get size() {
      return open.size
    },
    get dropped() {
      return dropped
    },
  }
}

/** Adds a record that is not there: behind the others of its file it needs no search. */
function addPlace(alert: Open, place: RecordPlace): void {
  const latest = alert.records.at(-1)
  const isLater = latest === undefined || (latest.file === place.file && latest.record < place.record)
  const isNew = (isLater && alert.isAscending) || !alert.records.some((known) => isSame(known, place))
  if (!isNew) return
  alert.isAscending &&= isLater
  alert.records.push(place)
}

function isSame(one: RecordPlace, other: RecordPlace): boolean {
  return one.file === other.file && one.record === other.record
}

function begin(finding: BookedFinding, detector: Detector): Open {
  return {
    model: finding.modelId,
    title: finding.title,
    type: finding.type,
    level: finding.level,
    stages: finding.stages,
    techniques: detector.model(finding.modelId)?.techniques ?? [],
    asset: finding.asset,
    entity: finding.entity,
    sourceAddress: null,
    count: 0,
    firstAt: '',
    lastAt: '',
    records: [],
    firstMs: finding.at,
    lastMs: finding.at,
    isAscending: true,
  }
}
