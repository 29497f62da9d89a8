/** Models and indicators → a detector: event in, findings out. Deterministic; time comes from the events. */
import type { Event, EventType } from '@rampart/event'
import { type IndicatorSet, noIndicators } from '@rampart/intel'
import {
  type CompiledRule,
  compileSigma,
  type LineMatcher,
  type LineOptions,
  parseSigma,
  type SigmaDocument,
  type SigmaEngineState,
  type SigmaMatch,
  windowsRoutes,
} from '@rampart/sigma'
import { ArmedModel } from './armed-model.ts'
import { createAssetClocks } from './asset-clocks.ts'
import { readPath } from './event-paths.ts'
import { type Finding, type MatchedWindow, makeFinding } from './finding.ts'
import { findIndicator } from './indicator-match.ts'
import type { ModelIssue } from './issue.ts'
import { createLineDetector, type LineDetector, type LineDetectorOptions } from './line-detector.ts'
import { matchedFields } from './matched.ts'
import type { Model } from './model.ts'
import type { NoveltyState } from './novelty.ts'
import type { ParsedModel } from './parse-model.ts'
import { type AssetPlace, assetPlace, partOfState, spansAssets } from './partition.ts'
import { eventPipeline, recordOf, routeOf } from './pipeline.ts'
import { scopeDocuments } from './scope-documents.ts'

export interface ModelText {
  path: string
  text: string
}

export interface DetectorOptions {
  models: readonly ModelText[]
  indicators?: IndicatorSet
  /** Plain Sigma files; each rule in them becomes a model of its own. */
  own?: readonly ModelText[]
  /** Values of `%name%` for the modifier expand. */
  placeholders?: Readonly<Record<string, readonly string[]>>
}

/** What `saveState` returns: plain JSON. Restoring it into a detector with other models keeps what still fits. */
export interface DetectorState {
  version: 1
  engine: SigmaEngineState
  novelty: Record<string, NoveltyState>
  clocks: [string, number][]
}

export interface DetectorStats {
  events: number
  findings: number
  /** Events on which a model failed; counted, and their other findings kept. Always 0 unless there is a bug. */
  failures: number
  /** What the latest failure was, for a bug report. */
  lastFailure?: string
}

/**
 * What an event gives by itself: its findings, when nothing else has a say in them; otherwise the rules that hold, by
 * number, for `settle`.
 */
export type Inspection = { kind: 'settled'; findings: Finding[] } | { kind: 'open'; rules: number[] }

export interface Detector {
  /** Made when it is asked for. */
  readonly models: readonly Model[]
  /** How many models there are. */
  readonly size: number
  /** Ids of models that need the events of all assets; the others are right with those of each asset alone. */
  readonly acrossAssets: ReadonlySet<string>
  readonly stats: DetectorStats
  model(id: string): Model | undefined
  /** Findings of one event, in order of model. Never throws. The same events in the same order give the same findings. */
  detect(event: Event): Finding[]
  /**
   * `detect` in two steps: the first changes nothing and may be done in any order and thread, by a detector made of the
   * same models; `hits` are the rules that hold, when a line matcher of this detector has told. Then comes, in the order of the events, `settle` for those that are open, and for the others `pass`.
   */
  inspect(event: Event, hits?: readonly CompiledRule[]): Inspection
  settle(event: Event, rules: readonly number[]): Finding[]
  pass(assetId: string, at: number): void
  /** Whether `pass` does anything: there are correlations, whose windows the time of every event may close. */
  readonly keepsTime: boolean
  /**
   * The rules over lines of Windows records, and what a line gives. An event that is left out because no rule holds for
   * its line still has to be passed. Undefined when some model needs every event, or what is in no line.
   */
  lineMatcher(options: LineOptions): LineMatcher | undefined
  /**
   * Finds in lines of events instead of parsed ones, with the state of this detector; several times faster, since most
   * lines need not be parsed.
   */
  lines(options?: LineDetectorOptions): LineDetector
  /** Whether all that holds for a line is in its own findings, one for each rule that reports. */
  isSettled(rules: readonly CompiledRule[]): boolean
  /** From now on looks values up in this set. */
  useIndicators(indicators: IndicatorSet): void
  saveState(): DetectorState
  /** Takes the state over; of a state that several detectors left, only what concerns the given assets. */
  restoreState(state: DetectorState, isMine?: (assetId: string) => boolean): void
}

/** Events that one event may stand for in windows; more than any threshold of ours. */
const maxCountedRepeats = 256

/** How the text of a model is read. */
export type ReadModel = (text: string, path: string) => ParsedModel

/** `createDetector` for a given way to read models, so that who has none need not load it. */
export function createDetectorWith(
  readModel: ReadModel,
  options: DetectorOptions,
): { detector: Detector; issues: ModelIssue[] } {
  const issues: ModelIssue[] = []
  const armed = new Map<string, ArmedModel>()
  const documents: SigmaDocument[] = []
  const acrossAssets = new Set<string>()
  /** Intel and novelty models without a detection, by the event type they need. */
  const ungated = new Map<EventType, ArmedModel[]>()
  const stats: DetectorStats = { events: 0, findings: 0, failures: 0 }
  let indicators = options.indicators ?? noIndicators

  const arm = (entry: ArmedModel): void => {
    const { id, path, rules } = entry
    if (armed.has(id)) {
      issues.push({ code: 'model.duplicate-id', path, line: 1, column: 1, message: `id ${id} is taken` })
      return
    }
    armed.set(id, entry)
    for (const rule of rules) documents.push(rule)
    if (spansAssets(rules)) acrossAssets.add(id)
    if (rules.length > 0) return
    for (const type of entry.model.requires) ungated.set(type, [...(ungated.get(type) ?? []), entry])
  }

  for (const { path, text } of options.models) {
    const parsed = readModel(text, path)
    issues.push(...parsed.issues)
    if (parsed.model) arm(ArmedModel.of(parsed.model, scopeDocuments(parsed.documents, parsed.model.id)))
  }
  for (const { path, text } of options.own ?? []) {
    const parsed = parseSigma(text, path)
    for (const issue of parsed.issues) if (issue.severity === 'error') issues.push(issue)
    for (const document of parsed.documents) {
      if (document.kind === 'filter') documents.push(document)
      else arm(ArmedModel.ofRule(document, text))
    }
  }

  const compiled = compileSigma(
    documents,
    eventPipeline,
    options.placeholders && { placeholders: options.placeholders },
  )
  for (const issue of compiled.issues) {
    if (issue.severity !== 'error') continue
    issues.push(issue)
    const id = issue.ruleId?.split('#')[0]
    if (id) armed.delete(id)
  }
  const { engine } = compiled
  const correlated = engine.stats.correlations > 0
  const places = new Map<string, AssetPlace>()
  for (const document of documents) {
    const place = document.kind === 'correlation' ? assetPlace(document) : undefined
    if (place) places.set(document.id, place)
  }
  const clocks = createAssetClocks()
  let models: readonly Model[] | undefined

  function hold(entry: ArmedModel, event: Event, route: string, window?: MatchedWindow) {
    const { model } = entry
    // most events that an indicator or a new value is looked for in hold none: what held is read only for a finding
    const matched = () => matchedFields(entry.fields, event, route)
    if (model.intel) {
      const found = findIndicator(model.intel, event, indicators)
      if (!found) return undefined
      return makeFinding(model, event, [...found, ...matched()], window)
    }
    if (model.novelty && entry.novelty) {
      const value = readPath(event, model.novelty.field)
      if (value === undefined) return undefined
      const group = JSON.stringify([event.asset.id, ...model.novelty.per.map((path) => readPath(event, path) ?? null)])
      if (!entry.novelty.observe(group, value, event.at)) return undefined
      return makeFinding(
        model,
        event,
        [{ field: model.novelty.field, value: value.slice(0, 512) }, ...matched()],
        window,
      )
    }
    return makeFinding(model, event, matched(), window)
  }

  /** The object in which rules look up fields; correlations may group it by its asset. */
  function lookedUp(event: Event): object {
    const record = recordOf(event)
    // not one of the record's own fields, so that no keyword is looked for in it
    if (correlated && event.type === 'windows.recorded' && !Object.hasOwn(record, 'asset.id'))
      Object.defineProperty(record, 'asset.id', { value: event.asset.id, configurable: true })
    return record
  }

  /** Whether other events have no say in what comes of it. */
  const isFinal = ({ rule, parents }: CompiledRule) => parents.length === 0 && armed.get(rule.id)?.novelty === undefined

  /** Keeps what was found when a model fails. */
  function guarded(findings: Finding[], work: () => void): Finding[] {
    try {
      work()
    } catch (error) {
      stats.failures++
      stats.lastFailure = error instanceof Error ? (error.stack ?? error.message).slice(0, 1000) : String(error)
    }
    stats.findings += findings.length
    return findings
  }

  function inspect(event: Event, known?: readonly CompiledRule[]): Inspection {
    const findings: Finding[] = []
    let rules: number[] | undefined
    guarded(findings, () => {
      const route = routeOf(event)
      const hits = known ?? engine.hold(route, lookedUp(event))
      if (ungated.has(event.type) || !hits.every(isFinal)) {
        rules = hits.map(({ index }) => index)
        return
      }
      for (const { rule, reports } of hits) {
        const entry = reports ? armed.get(rule.id) : undefined
        const finding = entry && hold(entry, event, route)
        if (finding) findings.push(finding)
      }
    })
    return rules ? { kind: 'open', rules } : { kind: 'settled', findings }
  }

  /** Matches of one event; an event that stands for several counts as often in windows, up to a bound. */
  function matchesOf(event: Event, route: string, rules: readonly number[]): readonly SigmaMatch[] {
    const record = lookedUp(event)
    if (correlated) engine.setClock(clocks.before(event.asset.id, event.at))
    const matches = engine.settle(rules, route, record, event.at, event.id)
    const repeats = correlated ? Math.min(event.count ?? 1, maxCountedRepeats) : 1
    if (repeats === 1) return matches
    const all = [...matches]
    for (let repeat = 2; repeat <= repeats; repeat++)
      for (const match of engine.settle(rules, route, record, event.at, `${event.id}~${repeat}`))
        if (match.rule.kind === 'correlation') all.push(match)
    return all
  }

  /** Adds the findings of matches of rules and windows. */
  function conclude(findings: Finding[], event: Event, route: string, matches: readonly SigmaMatch[]): void {
    for (const match of matches) {
      const entry = armed.get(match.rule.id)
      const window = match.rule.kind === 'correlation' ? match : undefined
      // A window closed by the time of an unrelated event has no event at hand that it is about.
      if (window && !window.eventIds.some((id) => id === event.id || id.startsWith(`${event.id}~`))) continue
      const finding = entry && hold(entry, event, route, window)
      if (finding) findings.push(finding)
    }
  }

  function settle(event: Event, rules: readonly number[]): Finding[] {
    const findings: Finding[] = []
    return guarded(findings, () => {
      const route = routeOf(event)
      conclude(findings, event, route, matchesOf(event, route, rules))
      for (const entry of ungated.get(event.type) ?? []) {
        const finding = hold(entry, event, route)
        if (finding) findings.push(finding)
      }
    })
  }

  function passing(assetId: string, at: number): readonly SigmaMatch[] {
    if (!correlated) return []
    engine.setClock(clocks.before(assetId, at))
    return engine.advance(at)
  }

  function detectKnown(event: Event, hits: readonly CompiledRule[] | undefined): Finding[] {
    stats.events++
    const inspection = inspect(event, hits)
    if (inspection.kind === 'open') return settle(event, inspection.rules)
    passing(event.asset.id, event.at)
    return inspection.findings
  }

  const detector: Detector = {
    get models() {
      models ??= [...armed.values()].map(({ model }) => model)
      return models
    },
    size: armed.size,
    acrossAssets,
    stats,
    model: (id) => armed.get(id)?.model,
    detect: (event) => detectKnown(event, undefined),
    inspect,
    settle,
    pass(assetId, at) {
      passing(assetId, at)
    },
    keepsTime: correlated,
    lineMatcher(options) {
      // an event's asset is not among the fields of its line
      const needsEvent = ungated.has('windows.recorded') || engine.fieldsOf(windowsRoutes).includes('asset.id')
      return needsEvent ? undefined : engine.lineMatcher(options)
    },
    lines: (options = {}) =>
      createLineDetector(
        {
          matcher: (more) => engine.lineMatcher(more),
          ungated: new Map([...ungated].map(([type, entries]) => [type, entries.map(({ model }) => model)])),
          indicators: () => indicators,
          detect: detectKnown,
          pass(assetId, at) {
            stats.events++
            return passing(assetId, at)
          },
          conclude(event, windows) {
            const findings: Finding[] = []
            return guarded(findings, () => conclude(findings, event, routeOf(event), windows))
          },
        },
        options,
      ),
    isSettled: (rules) => rules.every((hit) => isFinal(hit) && !armed.get(hit.rule.id)?.model.intel),
    useIndicators(next) {
      indicators = next
    },
    saveState: () => ({
      version: 1,
      engine: engine.saveState(),
      novelty: Object.fromEntries(
        [...armed].flatMap(([id, { novelty }]) => (novelty ? [[id, novelty.save()] as const] : [])),
      ),
      clocks: clocks.save(),
    }),
    restoreState(whole, isMine) {
      const state = isMine ? partOfState(whole, places, isMine) : whole
      engine.restoreState(state.engine)
      clocks.restore(state.clocks)
      for (const [id, saved] of Object.entries(state.novelty)) armed.get(id)?.novelty?.restore(saved)
    },
  }
  return { detector, issues }
}
