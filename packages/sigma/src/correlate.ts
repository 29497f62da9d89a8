// Matches of rules in time order (or nearly) in, fulfilled correlations out. Bounded state, saved and restored.
import { type CorrelationPlan, comparisonsHold, type Extract, Extractor } from './correlation-plan.ts'
import {
  type CorrelationLimits,
  type CorrelationState,
  type CorrelationStats,
  closeOf,
  finite,
  type GroupKey,
  groupOfKey,
  keyOf,
  restoreGroup,
  type SigmaMatch,
  saveGroup,
} from './correlation-state.ts'
import { derivedId } from './digest.ts'
import type { SigmaRule } from './document.ts'
import type { WindowEntry } from './event-slab.ts'
import { judgeKept, judgeSpan } from './judge.ts'
import type { Pipeline } from './pipeline.ts'
import { WindowTable } from './window-table.ts'

/** A match of a rule on its way to the correlations that name it. */
interface Arrival {
  positions: readonly number[]
  extract: Extract
  ids: readonly string[]
  at: number
}

/** A group of a correlation whose spans are judged, and where what fulfils it goes. */
interface Judged {
  plan: CorrelationPlan
  key: GroupKey
  window: number
  up: readonly Extract[]
  matches: SigmaMatch[]
}

/** Stands between the ids of several events that came as one from a correlation further down. */
const idSeparator = '\u001f'

export class Correlator {
  readonly stats: CorrelationStats = { groups: 0, evictions: 0, late: 0 }
  private readonly plans: readonly CorrelationPlan[]
  private readonly tables: WindowTable[]
  /** What parents need of each group, for correlations that have some. */
  private readonly ups: Map<GroupKey, readonly Extract[]>[]
  private readonly pending: Arrival[][]
  private readonly extractor: Extractor
  private readonly limits: CorrelationLimits
  private newestAt = Number.NEGATIVE_INFINITY
  private nextClose = Number.POSITIVE_INFINITY

  /** `plans` in the order of their ranks: each after those it names. */
  constructor(plans: readonly CorrelationPlan[], pipeline: Pipeline, limits: CorrelationLimits) {
    this.plans = plans
    this.limits = limits
    this.tables = plans.map(({ document, size }) => new WindowTable(document.correlation, size))
    this.ups = plans.map(() => new Map())
    this.pending = plans.map(() => [])
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
    // an event at the horizon is still in time, and belongs to a window that ends there
    if (this.nextClose >= horizon) return matches
    this.nextClose = Number.POSITIVE_INFINITY
    for (const plan of this.plans) {
      this.acceptPending(plan, matches)
      if (plan.judgement === 'close') this.closeDue(plan, horizon, matches)
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
    const ids = [eventId]
    for (const { rule, parents } of hits)
      for (const { plan, positions } of parents) {
        const extract = this.extractor.extract(plan, route, record, [rule], plan.parents.length > 0)
        const arrivals = this.pending[plan.index]
        const same = arrivals?.find((each) => each.ids[0] === eventId && sameExtract(each.extract, extract))
        if (same) same.positions = [...new Set([...same.positions, ...positions])]
        else arrivals?.push({ positions, extract, ids, at })
      }
    for (const plan of this.plans) this.acceptPending(plan, matches)
    return matches
  }

  private acceptPending(plan: CorrelationPlan, matches: SigmaMatch[]): void {
    const arrivals = this.pending[plan.index]
    if (!arrivals || arrivals.length === 0) return
    for (const arrival of arrivals) this.accept(plan, arrival, matches)
    arrivals.length = 0
  }

  private accept(plan: CorrelationPlan, { at, ids, positions, extract }: Arrival, matches: SigmaMatch[]): void {
    const key = keyOf(extract.group)
    const table = this.tableOf(plan)
    const window = this.windowOf(plan, table, key)
    const id = ids.length === 1 ? (ids[0] ?? '') : ids.join(idSeparator)
    const place = table.insert(window, { at, id, positions, value: extract.value })
    if (place === 'known') return
    if (plan.parents.length > 0) this.ups[plan.index]?.set(key, extract.up)
    if (plan.judgement === 'close') this.nextClose = Math.min(this.nextClose, closeOf(plan, table, window))
    else {
      const judged: Judged = { plan, key, window, up: extract.up, matches }
      if (place === 'newest') {
        table.advanceSpan(window)
        this.judge(judged, at)
      } else this.judgeAround(judged, at)
    }
    this.trim(plan, table, window)
  }

  /** A late event changes every span that ends at it or up to a timespan after it. */
  private judgeAround(judged: Judged, at: number): void {
    const { plan, window } = judged
    const { type, timespanMs, conditions } = plan.document.correlation
    const table = this.tableOf(plan)
    const until = Math.min(at + timespanMs, table.lastAt(window) ?? at)
    // what is told of at both ends is told of in between
    const isNoted = this.isNoted(plan, table, window, at) || this.isNoted(plan, table, window, until)
    // there are never more values than events
    const isCounted = type === 'event_count' || type === 'value_count'
    if (!isNoted || (isCounted && !comparisonsHold(conditions, table.count(window)))) table.rebuildSpan(window)
    else table.rebuildSpan(window, at, until, (endAt) => this.judge(judged, endAt))
  }

  /** Judges the span that the table is at, which ends at this time. */
  private judge(judged: Judged, at: number): void {
    const { plan, window } = judged
    const table = this.tableOf(plan)
    if (!this.isNoted(plan, table, window, at)) return
    const entries = judgeKept(plan.document.correlation, plan.size, table, window, this.limits.maxEventIds)
    if (entries) this.fulfil(judged, at, entries)
  }

  /** Whether it makes a difference that the correlation is fulfilled then: most events of a flood are told of already. */
  private isNoted(plan: CorrelationPlan, table: WindowTable, window: number, at: number): boolean {
    return plan.parents.length > 0 || this.isNews(plan, table, window, at)
  }

  private isNews(plan: CorrelationPlan, table: WindowTable, window: number, at: number): boolean {
    const reportedAt = table.reported(window) ?? Number.NEGATIVE_INFINITY
    return plan.reports && Math.abs(at - reportedAt) > plan.document.correlation.timespanMs
  }

  private fulfil({ plan, key, window, up, matches }: Judged, at: number, entries: readonly WindowEntry[]): void {
    const table = this.tableOf(plan)
    const isNews = this.isNews(plan, table, window, at)
    if (!isNews && plan.parents.length === 0) return
    const joined = entries.slice(-this.limits.maxEventIds).flatMap(({ id }) => id.split(idSeparator))
    const ids = [...new Set(joined)].slice(-this.limits.maxEventIds)
    for (const [index, parent] of plan.parents.entries()) {
      const extract = up[index]
      if (extract) this.pending[parent.plan.index]?.push({ positions: parent.positions, extract, ids, at })
    }
    if (!isNews) return
    table.setReported(window, at)
    const group = groupOfKey(plan, key)
    const id = derivedId(JSON.stringify([plan.document.id, group, at, ids[ids.length - 1] ?? '']))
    matches.push({ rule: plan.document, at, group, eventIds: ids, id })
  }

  private closeDue(plan: CorrelationPlan, horizon: number, matches: SigmaMatch[]): void {
    const table = this.tableOf(plan)
    const { correlation } = plan.document
    const due: { key: GroupKey; window: number; closesAt: number }[] = []
    for (const [key, window] of table.entriesOfGroups()) {
      const closesAt = closeOf(plan, table, window)
      if (closesAt < horizon) due.push({ key, window, closesAt })
      else this.nextClose = Math.min(this.nextClose, closesAt)
    }
    due.sort((first, second) => first.closesAt - second.closesAt)
    for (const { key, window } of due) {
      const up = this.ups[plan.index]?.get(key) ?? []
      while (table.count(window) > 0) {
        const endsAt = closeOf(plan, table, window)
        if (endsAt >= horizon) break
        const entries = judgeSpan(correlation, plan.size, table.take(window, endsAt))
        if (entries) this.fulfil({ plan, key, window, up, matches }, endsAt, entries)
      }
      if (table.count(window) > 0) this.nextClose = Math.min(this.nextClose, closeOf(plan, table, window))
      else this.drop(plan, table, key)
    }
  }

  private tableOf(plan: CorrelationPlan): WindowTable {
    const table = this.tables[plan.index]
    if (!table) throw new Error('a correlation without its groups')
    return table
  }

  private windowOf(plan: CorrelationPlan, table: WindowTable, key: GroupKey): number {
    const known = table.find(key)
    if (known !== undefined) {
      table.touch(known)
      return known
    }
    this.makeRoom(plan, table)
    this.stats.groups++
    return table.add(key)
  }

  /**
   * When there are as many groups as allowed, drops one that was not touched for long. Only one whose events could
   * still count is an eviction. Nothing is dropped before, since another source's clock may be behind.
   */
  private makeRoom(plan: CorrelationPlan, table: WindowTable): void {
    if (table.groups < this.limits.maxGroups) return
    const oldest = this.newestAt - this.limits.allowedLatenessMs - plan.document.correlation.timespanMs
    // a clock hand: whoever was touched since it came by goes to the back of the queue
    for (const [key, window] of table.entriesOfGroups()) {
      const isExpired = plan.judgement === 'arrival' && (table.lastAt(window) ?? 0) < oldest
      if (!isExpired && table.wasTouched(key, window)) continue
      this.drop(plan, table, key)
      if (!isExpired) this.stats.evictions++
      return
    }
  }

  private drop(plan: CorrelationPlan, table: WindowTable, key: GroupKey): void {
    if (table.drop(key)) this.stats.groups--
    this.ups[plan.index]?.delete(key)
  }

  private trim(plan: CorrelationPlan, table: WindowTable, window: number): void {
    const oldest = this.newestAt - this.limits.allowedLatenessMs - plan.document.correlation.timespanMs
    if (plan.judgement === 'arrival')
      while ((table.firstAt(window) ?? Number.POSITIVE_INFINITY) < oldest) table.shift(window)
    while (table.count(window) > this.limits.maxEventsPerGroup) {
      table.shift(window)
      this.stats.evictions++
    }
  }

  saveState(): CorrelationState {
    const correlations = this.plans.map((plan) => ({
      id: plan.document.id,
      groups: Array.from(this.tableOf(plan).entriesOfGroups(), ([key, window]) =>
        saveGroup(plan, this.tableOf(plan), key, window, this.ups[plan.index]?.get(key) ?? []),
      ),
    }))
    return { version: 1, newestAt: finite(this.newestAt), correlations }
  }

  /** Takes over saved state in place of the present one; correlations that are no longer loaded are left out. */
  restoreState(state: CorrelationState): void {
    if (state.version !== 1) return
    for (const table of this.tables) table.clear()
    for (const ups of this.ups) ups.clear()
    this.stats.groups = 0
    this.nextClose = Number.POSITIVE_INFINITY
    this.newestAt = state.newestAt ?? Number.NEGATIVE_INFINITY
    for (const saved of state.correlations) {
      const plan = this.plans.find(({ document }) => document.id === saved.id)
      if (!plan) continue
      const table = this.tableOf(plan)
      for (const group of saved.groups) {
        if (table.find(group.key) === undefined) this.stats.groups++
        const window = restoreGroup(group, plan, table)
        this.nextClose = Math.min(this.nextClose, closeOf(plan, table, window))
        if (group.up.length > 0) this.ups[plan.index]?.set(group.key, group.up)
      }
    }
  }
}

function sameExtract(first: Extract, second: Extract): boolean {
  return first.value === second.value && first.group.every((text, index) => text === second.group[index])
}
