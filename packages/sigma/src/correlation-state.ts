// What correlations are given, give out and save: matches, limits, counts, and state as plain data.
import type { CorrelationPlan, Extract } from './correlation-plan.ts'
import type { SigmaCorrelation, SigmaRule } from './document.ts'
import type { WindowTable } from './window-table.ts'

/** A rule or correlation that held. `id` is the same for the same rule, group and events, everywhere and always. */
export interface SigmaMatch {
  rule: SigmaRule | SigmaCorrelation
  /** Time of the last event, or the end of the window, in ms since the epoch. */
  at: number
  /** Values of the group-by fields; an absent field is left out. */
  group?: Record<string, string>
  eventIds: string[]
  id: string
}

/** Bounds on the state of correlations. What is dropped for them is counted in `SigmaStats.evictions` and `late`. */
export interface CorrelationLimits {
  /** How much earlier than the newest event an event may come and still count, in ms. */
  allowedLatenessMs: number
  /** Groups of one correlation; beyond it the one unused for longest is dropped and counted. */
  maxGroups: number
  /** Events of one group; beyond it the oldest is dropped and counted. */
  maxEventsPerGroup: number
  /** Event ids that a match names: the latest ones. */
  maxEventIds: number
}

/** Bounds that hold when none are given. */
export const defaultCorrelationLimits: CorrelationLimits = {
  allowedLatenessMs: 60_000,
  maxGroups: 100_000,
  maxEventsPerGroup: 10_000,
  maxEventIds: 200,
}

export interface CorrelationStats {
  groups: number
  /** Groups and events dropped for lack of room. */
  evictions: number
  /** Events that came too late to count. */
  late: number
}

/** State in plain data, fit for JSON. Null stands for a time that is not set. */
export interface CorrelationState {
  version: 1
  newestAt: number | null
  correlations: { id: string; groups: SavedGroup[] }[]
}

export interface SavedGroup {
  key: GroupKey
  /** Time, event id, positions of rules, value. */
  entries: [at: number, id: string, positions: readonly number[], value: string | null][]
  reportedAt: number | null
  closesAt: number | null
  up: Extract[]
}

/** One value alone, or several as JSON; null when the only field is absent. */
export type GroupKey = string | null

/** The key of a group's values. */
export function keyOf(group: readonly (string | null)[]): GroupKey {
  return group.length === 1 ? (group[0] ?? null) : JSON.stringify(group)
}

/** Names and values of a group; absent ones are left out. */
export function groupOfKey(plan: CorrelationPlan, key: GroupKey): Record<string, string> {
  const { groupBy } = plan.document.correlation
  const texts = groupBy.length === 1 ? [key] : (JSON.parse(key ?? '[]') as (string | null)[])
  const entries: [string, string][] = []
  for (const [index, name] of groupBy.entries()) {
    const text = texts[index]
    if (text !== null && text !== undefined) entries.push([name, text])
  }
  return Object.fromEntries(entries)
}

/** One group as plain data. */
export function saveGroup(
  plan: CorrelationPlan,
  table: WindowTable,
  key: GroupKey,
  window: number,
  up: readonly Extract[],
): SavedGroup {
  return {
    key,
    entries: table.entries(window).map(({ at, id, positions, value }) => [at, id, positions, value ?? null]),
    reportedAt: table.reported(window) ?? null,
    closesAt: finite(closeOf(plan, table, window)),
    up: [...up],
  }
}

/** The group again. A correlation that has changed since may have fewer rules: what is beyond them is left out. */
export function restoreGroup(
  { key, entries, reportedAt }: SavedGroup,
  plan: CorrelationPlan,
  table: WindowTable,
): number {
  table.drop(key)
  const window = table.add(key)
  for (const [at, id, positions, value] of entries) {
    const valid = positions.filter((position) => position < plan.size)
    table.insert(window, { at, id, positions: valid, value: value ?? undefined })
  }
  if (plan.judgement === 'arrival') table.rebuildSpan(window)
  table.setReported(window, reportedAt ?? undefined)
  return window
}

/** When the window of a correlation that is judged then closes; never for the others. */
export function closeOf(plan: CorrelationPlan, table: WindowTable, window: number): number {
  const firstAt = plan.judgement === 'close' ? table.firstAt(window) : undefined
  return firstAt === undefined ? Number.POSITIVE_INFINITY : firstAt + plan.document.correlation.timespanMs
}

/** Infinity is not JSON. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
