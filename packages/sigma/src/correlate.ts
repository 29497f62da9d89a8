// Matches of rules in time order (or nearly) in, fulfilled correlations out. Bounded state, saved and restored.
import { type CorrelationPlan, type Extract, Extractor } from './correlation-plan.ts'
import { derivedId } from './digest.ts'
import type { SigmaCorrelation, SigmaRule } from './document.ts'
import { fulfilled, type GroupWindow, insertEntry, lowerBound, type WindowEntry } from './group-window.ts'
import type { Pipeline } from './pipeline.ts'

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

/** State in plain data, fit for JSON. */
export interface CorrelationState {
  version: 1
  newestAt: number
  correlations: { id: string; groups: GroupWindow[]; ups: [string, Extract[]][] }[]
}

/** A match of a rule on its way to the correlations that name it. */
interface Arrival {
  plan: CorrelationPlan
  positions: number[]
  extract: Extract
  ids: readonly string[]
  at: number
}

export class Correlator {
  readonly stats: CorrelationStats = { groups: 0, evictions: 0, late: 0 }
  private readonly plans: readonly CorrelationPlan[]
  private readonly groups: Map<string, GroupWindow>[]
  private readonly ups: Map<string, readonly Extract[]>[]
  private readonly extractor: Extractor
  private readonly limits: CorrelationLimits
  private newestAt = Number.NEGATIVE_INFINITY
  private nextClose = Number.POSITIVE_INFINITY

  /** `plans` in the order of their ranks. */
  constructor(plans: readonly CorrelationPlan[], pipeline: Pipeline, limits: CorrelationLimits) {
    this.plans = plans
    this.limits = limits
    this.groups = plans.map(() => new Map())
    this.ups = plans.map(() => new Map())
    this.extractor = new Extractor(pipeline)
  }

  /**
   * Sets the newest time seen, backwards too: for a caller whose sources run on clocks of their own and who therefore
   * keeps one for each. What is late and what may be forgotten is judged by it until an event moves it on.
   */
  setClock(newestAt: number): void {
    this.newestAt = newestAt
  }

  /** Windows that the time has closed; call it before the event of that time is counted. */
  advance(at: number): SigmaMatch[] {
    if (at > this.newestAt) this.newestAt = at
    const matches: SigmaMatch[] = []
    const horizon = this.newestAt - this.limits.allowedLatenessMs
    if (this.nextClose > horizon) return matches
    this.nextClose = Number.POSITIVE_INFINITY
    const pending: Arrival[][] = this.plans.map(() => [])
    for (const plan of this.plans) {
      if (plan.judgement === 'close') this.closeDue(plan, horizon, pending, matches)
      for (const arrival of pending[plan.index] ?? []) this.accept(arrival, pending, matches)
    }
    return matches
  }

  /** Counts the matches of one event. `hits` are rules with the correlations that name them. */
  feed(
    hits: readonly { rule: SigmaRule; parents: CorrelationPlan['parents'] }[],
    route: string,
    record: object,
    at: number,
    eventId: string,
  ): SigmaMatch[] {
    const matches = this.advance(at)
    if (at < this.newestAt - this.limits.allowedLatenessMs) {
      this.stats.late++
      return matches
    }
    const pending: Arrival[][] = this.plans.map(() => [])
    for (const { rule, parents } of hits)
      for (const { plan, positions } of parents) {
        const list = pending[plan.index]
        if (!list) continue
        const extract = this.extractor.extract(plan, route, record, [rule], plan.parents.length > 0)
        const same = list.find((each) => sameExtract(each.extract, extract))
        if (same) same.positions.push(...positions.filter((position) => !same.positions.includes(position)))
        else list.push({ plan, positions: [...positions], extract, ids: [eventId], at })
      }
    for (const plan of this.plans)
      for (const arrival of pending[plan.index] ?? []) this.accept(arrival, pending, matches)
    return matches
  }

  private accept(arrival: Arrival, pending: Arrival[][], matches: SigmaMatch[]): void {
    const { plan, extract } = arrival
    const { correlation } = plan.document
    const window = this.windowOf(plan, extract)
    const id = arrival.ids.length === 1 ? (arrival.ids[0] ?? '') : arrival.ids.join(' ')
    const entry: WindowEntry = { at: arrival.at, id, positions: arrival.positions, value: extract.value }
    const index = insertEntry(window.entries, entry)
    if (index < 0) return
    if (plan.parents.length > 0) this.ups[plan.index]?.set(window.key, extract.up)
    if (plan.judgement === 'close') {
      this.openUntil(window, correlation.timespanMs)
      this.trim(plan, window, Number.NEGATIVE_INFINITY)
      return
    }
    const { entries } = window
    for (let end = index; end < entries.length; end++) {
      const endAt = entries[end]?.at ?? 0
      if (endAt > entry.at + correlation.timespanMs) break
      const from = lowerBound(entries, endAt - correlation.timespanMs)
      const ids = fulfilled(correlation, plan.size, entries, from, end)
      if (ids) this.fulfil(plan, window, endAt, ids, extract.up, pending, matches)
    }
    this.trim(plan, window, this.newestAt - this.limits.allowedLatenessMs - correlation.timespanMs)
  }

  private fulfil(
    plan: CorrelationPlan,
    window: GroupWindow,
    at: number,
    joined: readonly string[],
    up: readonly Extract[],
    pending: Arrival[][],
    matches: SigmaMatch[],
  ): void {
    const ids = [...new Set(joined.flatMap((id) => id.split(' ')))].slice(-this.limits.maxEventIds)
    for (const [index, parent] of plan.parents.entries()) {
      const extract = up[index]
      if (extract)
        pending[parent.plan.index]?.push({ plan: parent.plan, positions: [...parent.positions], extract, ids, at })
    }
    if (!plan.reports || Math.abs(at - window.reportedAt) <= plan.document.correlation.timespanMs) return
    window.reportedAt = at
    const last = ids[ids.length - 1] ?? ''
    const id = derivedId(JSON.stringify([plan.document.id, window.group, at, last]))
    matches.push({ rule: plan.document, at, group: groupOf(plan, window.group), eventIds: ids, id })
  }

  private closeDue(plan: CorrelationPlan, horizon: number, pending: Arrival[][], matches: SigmaMatch[]): void {
    const groups = this.groups[plan.index]
    if (!groups) return
    const { correlation } = plan.document
    const due = [...groups.values()].filter(({ closesAt }) => closesAt <= horizon)
    due.sort((first, second) => first.closesAt - second.closesAt)
    for (const window of due) {
      const up = this.ups[plan.index]?.get(window.key) ?? []
      while (window.entries.length > 0) {
        const startsAt = window.entries[0]?.at ?? 0
        const endsAt = startsAt + correlation.timespanMs
        if (endsAt > horizon) break
        let end = window.entries.length - 1
        while (end > 0 && (window.entries[end]?.at ?? 0) > endsAt) end--
        const ids = fulfilled(correlation, plan.size, window.entries, 0, end)
        window.entries.splice(0, end + 1)
        if (ids) this.fulfil(plan, window, endsAt, ids, up, pending, matches)
      }
      if (window.entries.length === 0) this.drop(plan, window.key)
      else this.openUntil(window, correlation.timespanMs)
    }
    for (const { closesAt } of groups.values()) this.nextClose = Math.min(this.nextClose, closesAt)
  }

  private openUntil(window: GroupWindow, timespanMs: number): void {
    window.closesAt = (window.entries[0]?.at ?? 0) + timespanMs
    this.nextClose = Math.min(this.nextClose, window.closesAt)
  }

  private windowOf(plan: CorrelationPlan, { group }: Extract): GroupWindow {
    const groups = this.groups[plan.index]
    if (!groups) throw new Error('a correlation without its groups')
    const key = JSON.stringify(group)
    let window = groups.get(key)
    if (window) groups.delete(key)
    else {
      this.expire(plan, groups)
      if (groups.size >= this.limits.maxGroups) {
        const [oldest] = groups.keys()
        if (oldest !== undefined) this.drop(plan, oldest)
        this.stats.evictions++
      }
      this.stats.groups++
      window = { key, group, entries: [], reportedAt: Number.NEGATIVE_INFINITY, closesAt: Number.POSITIVE_INFINITY }
    }
    groups.set(key, window)
    return window
  }

  /** Drops groups, longest unused first, whose events are too old to count again. */
  private expire(plan: CorrelationPlan, groups: Map<string, GroupWindow>): void {
    if (plan.judgement === 'close') return
    const oldest = this.newestAt - this.limits.allowedLatenessMs - plan.document.correlation.timespanMs
    for (const window of groups.values()) {
      if ((window.entries[window.entries.length - 1]?.at ?? 0) >= oldest) return
      this.drop(plan, window.key)
    }
  }

  private drop(plan: CorrelationPlan, key: string): void {
    if (this.groups[plan.index]?.delete(key)) this.stats.groups--
    this.ups[plan.index]?.delete(key)
  }

  private trim(plan: CorrelationPlan, { entries }: GroupWindow, oldest: number): void {
    const expired = lowerBound(entries, oldest)
    const excess = entries.length - this.limits.maxEventsPerGroup
    if (excess > expired) this.stats.evictions += excess - Math.max(expired, 0)
    const dropped = Math.max(expired, excess)
    if (dropped > 0) entries.splice(0, dropped)
    void plan
  }

  saveState(): CorrelationState {
    const correlations = this.plans.map((plan) => ({
      id: plan.document.id,
      groups: [...(this.groups[plan.index]?.values() ?? [])],
      ups: [...(this.ups[plan.index] ?? [])].map(([key, up]): [string, Extract[]] => [key, [...up]]),
    }))
    return JSON.parse(
      JSON.stringify({ version: 1, newestAt: this.newestAt, correlations }, numbers),
    ) as CorrelationState
  }

  /** Takes over saved state in place of the present one; correlations that are no longer loaded are left out. */
  restoreState(state: CorrelationState): void {
    if (state.version !== 1) return
    for (const groups of this.groups) groups.clear()
    for (const ups of this.ups) ups.clear()
    this.stats.groups = 0
    this.nextClose = Number.POSITIVE_INFINITY
    this.newestAt = state.newestAt ?? Number.NEGATIVE_INFINITY
    for (const saved of state.correlations) {
      const plan = this.plans.find(({ document }) => document.id === saved.id)
      if (!plan) continue
      const groups = this.groups[plan.index]
      for (const window of saved.groups) {
        if (!groups?.has(window.key)) this.stats.groups++
        const closesAt = window.closesAt ?? Number.POSITIVE_INFINITY
        groups?.set(window.key, { ...window, reportedAt: window.reportedAt ?? Number.NEGATIVE_INFINITY, closesAt })
        this.nextClose = Math.min(this.nextClose, closesAt)
      }
      for (const [key, up] of saved.ups) this.ups[plan.index]?.set(key, up)
    }
  }
}

/** Infinity is not JSON: it becomes null, which restoring reads back. */
function numbers(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value
}

function sameExtract(first: Extract, second: Extract): boolean {
  return first.value === second.value && first.group.every((text, index) => text === second.group[index])
}

function groupOf(plan: CorrelationPlan, group: readonly (string | null)[]): Record<string, string> {
  const entries: [string, string][] = []
  for (const [index, name] of plan.document.correlation.groupBy.entries()) {
    const text = group[index]
    if (text !== null && text !== undefined) entries.push([name, text])
  }
  return Object.fromEntries(entries)
}
