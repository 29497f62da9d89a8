/** Lines of events → findings: what `detect` finds in the parsed events, of which most need not be parsed. */
import { type Event, type EventType, eventTypes } from '@rampart/event'
import type { IndicatorSet } from '@rampart/intel'
import type { CompiledRule, LineMatcher, LineOptions, SigmaMatch } from '@rampart/sigma'
import type { Finding } from './finding.ts'
import { isListed } from './indicator-match.ts'
import type { IntelParameters, Model } from './model.ts'
import { logRoute } from './pipeline.ts'

/** Finds in lines; made by a detector, whose state it shares. */
export interface LineDetector {
  /**
   * Findings of the event of one line without its line feed, as `detect` gives them for the parsed event, or that the line
   * is no JSON object. The line must be an event of the schema. Lines come in order, and may come mixed with parsed events.
   */
  detect(bytes: Uint8Array, start?: number, end?: number): Finding[] | 'malformed'
  /** Lines seen, and how many of them were parsed before anything held. */
  readonly stats: Readonly<LineMatcher['stats']>
}

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
  fields: { name: string; intel: IntelParameters[] }[]
}

function gateFor(entries: readonly Pick<Model, 'intel'>[]): Gate {
  const fields = new Map<string, IntelParameters[]>()
  for (const { intel } of entries)
    for (const name of intel?.fields ?? []) fields.set(name, [...(fields.get(name) ?? []), ...(intel ? [intel] : [])])
  return {
    needsEvent: entries.some(({ intel }) => !intel),
    fields: [...fields].map(([name, intel]) => ({ name, intel })),
  }
}

export function createLineDetector(
  parts: LineDetectorParts,
  options: Pick<LineOptions, 'decode' | 'learnFrom' | 'memo'>,
): LineDetector {
  const gates = new Map<string, Gate | undefined>()
  const gateOf = (route: string): Gate | undefined => {
    if (gates.has(route)) return gates.get(route)
    const entries = parts.ungated.get(route.split(':')[0] as EventType)
    const gate = entries && gateFor(entries)
    gates.set(route, gate)
    return gate
  }
  const all = [...parts.ungated.values()].map(gateFor)
  const matcher = parts.matcher({
    ...options,
    route: routeOfLine,
    routes: [...eventTypes, unsure],
    reads: [
      'at',
      'asset.id',
      'count',
      'log.service',
      'provider',
      ...all.flatMap(({ fields }) => fields.map(({ name }) => name)),
    ],
  })
  /** Whether a model without a detection may find something in the line. */
  function mayFind({ needsEvent, fields }: Gate, at: number): boolean {
    if (needsEvent || matcher.read('count') !== undefined) return true
    const indicators = parts.indicators()
    if (indicators.size === 0) return false
    for (const { name, intel } of fields) {
      if (!intel.some(({ indicator }) => indicators.counts[indicator] > 0)) continue
      const value = matcher.read(name)
      if (value === undefined || value === null) continue
      if (typeof value === 'object') return true
      for (const parameters of intel) if (isListed(parameters, [String(value)], indicators, at)) return true
    }
    return false
  }

  const event = () => matcher.parse() as Event

  return {
    stats: matcher.stats,
    detect(bytes, start, end) {
      const outcome = matcher.match(bytes, start, end)
      if (outcome === 'malformed') return outcome
      const { route } = matcher
      if (route === unsure) return parts.detect(event(), undefined)
      if (outcome !== 'none' || matcher.isParsed) return parts.detect(event(), outcome === 'none' ? [] : outcome.hits)
      const at = matcher.read('at')
      const assetId = matcher.read('asset.id')
      if (typeof at !== 'number' || typeof assetId !== 'string') return parts.detect(event(), undefined)
      const gate = gateOf(route)
      if (gate && mayFind(gate, at)) return parts.detect(event(), [])
      const windows = parts.pass(assetId, at)
      return gate && windows.length > 0 ? parts.conclude(event(), windows) : []
    },
  }
}
