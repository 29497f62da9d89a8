/** Lines of events → findings: what `detect` finds in the parsed events, of which most need not be parsed. */
import type { Event, EventType } from '@rampart/event'
import { eventTypes } from '@rampart/event/event-types'
import type { IndicatorSet } from '@rampart/intel'
import type { CompiledRule, LineField, LineMatcher, LineOptions, SigmaMatch } from '@rampart/sigma'
import type { Finding } from './finding.ts'
import { mayBeListed, urlMark } from './indicator-match.ts'
import type { IntelParameters, Model } from './model.ts'
import { logRoute } from './pipeline.ts'

/** Finds in lines; made by a detector, whose state it shares. */
export interface LineDetector {
  /**
   * Findings of the event of one line without its line feed, as `detect` gives them for the parsed event, or that the line
   * is no JSON object. The line must be an event of the schema. Lines come in order, and may come mixed with parsed events.
   */
  detect(bytes: Uint8Array, start?: number, end?: number): Finding[] | 'malformed'
  /**
   * What `detect` begins with, which changes nothing: nothing is found in the event and it only has to be passed, as
   * `passed` says; these rules hold, or none, but the event has to be looked at; or only the event can tell.
   */
  sift(bytes: Uint8Array, start?: number, end?: number): readonly CompiledRule[] | 'pass' | 'event' | 'malformed'
  readonly passed: { assetId: string; at: number }
  /** Has the latest line. */
  readonly matcher: LineMatcher
  /** Lines seen, and how many of them were parsed before anything held. */
  readonly stats: Readonly<LineMatcher['stats']>
}

export type LineDetectorOptions = Pick<LineOptions, 'decode' | 'learnFrom' | 'memo' | 'reads' | 'seesAll'>

/** What a detector lends to the one of its lines. */
export interface LineDetectorParts {
  matcher(options: LineOptions): LineMatcher
  /** Models without a detection by the event type they need. */
  ungated: ReadonlyMap<EventType, readonly Pick<Model, 'intel'>[]>
  indicators(): IndicatorSet
  /** All of `detect` for an event of which it is known which rules hold, or not. */
  detect(event: Event, hits: readonly CompiledRule[] | undefined): Finding[]
  /** Counts an event for which no rule holds, and gives the windows that its time closes. */
  pass(assetId: string, at: number): readonly SigmaMatch[]
  /** Findings of closed windows for the event, which may be one of theirs. */
  conclude(event: Event, windows: readonly SigmaMatch[]): Finding[]
}

/** The route of lines whose events have to be looked at themselves. */
const unsure = 'unsure'

/** The route that an event takes (see `routeOf`), of its line; Windows records are looked up elsewhere than in the event. */
function routeOfLine(read: (field: string) => unknown): string {
  const type = read('type')
  if (typeof type !== 'string' || type === 'windows.recorded') return unsure
  if (type !== 'log.recorded' && type !== 'cloud.called') return type
  const part = read(type === 'log.recorded' ? 'log.service' : 'provider')
  if (typeof part !== 'string') return unsure
  return type === 'cloud.called' ? `cloud.called:${part}` : logRoute(part)
}

/** What models without a detection look at in lines of a route. */
interface Gate {
  /** A model looks at more than indicators. */
  needsEvent: boolean
  fields: { field: LineField; intel: IntelParameters[]; isUrlText: boolean }[]
}

/** The models that look a field up, by its name. */
function lookedUp(entries: readonly Pick<Model, 'intel'>[]): Map<string, IntelParameters[]> {
  const fields = new Map<string, IntelParameters[]>()
  for (const { intel } of entries)
    for (const name of intel?.fields ?? []) fields.set(name, [...(fields.get(name) ?? []), ...(intel ? [intel] : [])])
  return fields
}

export function createLineDetector(parts: LineDetectorParts, options: LineDetectorOptions): LineDetector {
  const names = [...parts.ungated.values()].flatMap((entries) => [...lookedUp(entries).keys()])
  const matcher = parts.matcher({
    ...options,
    route: routeOfLine,
    routes: [...eventTypes, unsure],
    reads: ['at', 'asset.id', 'count', 'log.service', 'provider', ...names, ...(options.reads ?? [])],
  })
  const [time, asset, count] = [matcher.field('at'), matcher.field('asset.id'), matcher.field('count')]
  const gates = new Map<string, Gate | undefined>()
  let indicators = parts.indicators()

  function gateOf(route: string): Gate | undefined {
    if (gates.has(route)) return gates.get(route)
    const entries = parts.ungated.get(route.split(':')[0] as EventType)
    const gate = entries && {
      needsEvent: entries.some(({ intel }) => !intel),
      fields: [...lookedUp(entries)].map(([name, intel]) => ({
        field: matcher.field(name),
        intel,
        isUrlText: intel.every(({ urlsInText }) => urlsInText),
      })),
    }
    gates.set(route, gate)
    return gate
  }

  /** Whether a model without a detection may find something in the line. */
  function mayFind({ needsEvent, fields }: Gate): boolean {
    if (needsEvent || count.read() !== undefined) return true
    if (indicators !== parts.indicators()) {
      indicators = parts.indicators()
      // what was noted was right for the other lists
      gates.clear()
      return true
    }
    if (indicators.size === 0) return false
    for (const { field, intel, isUrlText } of fields) {
      if (isUrlText && !field.mayHold(urlMark)) continue
      if (field.isNoted) continue
      const value = field.read()
      if (value === undefined || value === null) continue
      if (typeof value === 'object') return true
      const text = String(value)
      if (intel.some((parameters) => mayBeListed(parameters, text, indicators))) return true
      field.note()
    }
    return false
  }

  const event = () => matcher.parse() as Event

  const passed = { assetId: '', at: 0 }
  let gated = false

  function sift(
    bytes: Uint8Array,
    start?: number,
    end?: number,
  ): readonly CompiledRule[] | 'pass' | 'event' | 'malformed' {
    const outcome = matcher.match(bytes, start, end)
    if (outcome === 'malformed') return outcome
    const { route } = matcher
    if (route === unsure) return 'event'
    if (outcome !== 'none') return outcome.hits
    if (matcher.isParsed) return []
    const at = time.number()
    const assetId = asset.text()
    if (at === undefined || assetId === undefined) return 'event'
    const gate = gateOf(route)
    if (gate && mayFind(gate)) return []
    gated = gate !== undefined
    passed.assetId = assetId
    passed.at = at
    return 'pass'
  }

  return {
    stats: matcher.stats,
    matcher,
    passed,
    sift,
    detect(bytes, start, end) {
      const sifted = sift(bytes, start, end)
      if (sifted === 'malformed') return sifted
      if (sifted !== 'pass') return parts.detect(event(), sifted === 'event' ? undefined : sifted)
      const windows = parts.pass(passed.assetId, passed.at)
      return gated && windows.length > 0 ? parts.conclude(event(), windows) : []
    },
  }
}
