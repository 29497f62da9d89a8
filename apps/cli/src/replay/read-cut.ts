/** A cut of the input → what it gives by itself: findings or lines of output, and the events that are open. Any thread may do it. */
import type { Detector, Finding } from '@rampart/detection'
import type { Event } from '@rampart/event'
import { type Cut, createEventReader, type RecordCounts, type RecordedSource } from '@rampart/sensor/recorded'
import type { CompiledRule } from '@rampart/sigma'
import type { BookedFinding } from './alerts.ts'
import { createEventSieve } from './event-sieve.ts'
import { createLineSieve, type SieveSink } from './line-sieve.ts'
import { createMatchLine } from './output.ts'

export interface ReadOptions {
  source: RecordedSource
  zone: 'utc' | 'local'
  /** Lines of matches are wanted, not alerts. */
  matches: boolean
  json: boolean
}

/** Something to do when `before` events of the cut have been passed or settled. */
export type Step = { before: number } & (
  | /** Lines to print. */ { text: string }
  | /** Findings of one event. */ { findings: BookedFinding[]; eventId: string; record: number }
  | /** The next event, whose findings depend on others. */ { event: Event; rules: number[]; record: number }
)

/** Assets and times of the events of a cut, in order. */
export interface Clocks {
  assets: string[]
  asset: Uint32Array
  at: Float64Array
}

/** What one cut gave. Plain data. */
export interface CutOutcome {
  file: string
  counts: RecordCounts
  unparsed: { file: string; line: number; reason: string }[]
  /** Matches in the text of the steps. */
  matches: number
  steps: Step[]
  /** Present when correlations have to know of every event. */
  clocks?: Clocks
  /** Events on which a model failed, since the beginning. */
  failures: number
}

export interface CutWorker {
  /** Throws only when there is a bug; `at` tells which record it was about. */
  read(cut: Cut): CutOutcome
  readonly at: { file: string; record: number }
}

const noCounts = { records: 0, parsed: 0, unparsed: 0, skipped: 0, warnings: 0, undated: 0 } satisfies RecordCounts

/** Reads cuts with a detector of its own; its state is not touched. */
export function createCutWorker(detector: Detector, options: ReadOptions): CutWorker {
  const { source, zone } = options
  let outcome = newOutcome()
  const times = createTimes(detector.keepsTime)
  const matchLine = createMatchLine(options.json)

  const printed = (ids: readonly string[], record: number) => {
    let text = ''
    for (const id of ids) text += matchLine(detector.model(id), id, outcome.file, record)
    outcome.matches += ids.length
    const latest = outcome.steps.at(-1)
    // nothing stands between lines of output but time that passes, which they do not depend on
    if (latest && 'text' in latest) latest.text += text
    else outcome.steps.push({ before: times.count, text })
  }
  /** The rules that hold for the line that the decoder is given next. */
  let known: readonly CompiledRule[] | undefined
  const sink: SieveSink = {
    pass: times.add,
    hold(hits, record) {
      if (options.matches && detector.isSettled(hits)) {
        const ids = hits.filter(({ reports }) => reports).map(({ rule }) => rule.id)
        if (ids.length > 0) printed(ids, record)
        return true
      }
      known = hits
      return false
    },
  }
  const spend = createLineSieve(detector, sink)
  const reader = createEventReader({
    source,
    zone,
    ...(spend && { spend }),
    spendEvents: createEventSieve(detector, sink),
  })

  const look = (event: Event, record: number) => {
    const inspection = detector.inspect(event, known)
    known = undefined
    if (inspection.kind === 'open') outcome.steps.push({ before: times.count, event, rules: inspection.rules, record })
    else if (inspection.findings.length > 0) {
      if (options.matches)
        printed(
          inspection.findings.map(({ modelId }) => modelId),
          record,
        )
      else {
        const findings = inspection.findings.map(booked)
        outcome.steps.push({ before: times.count, findings, eventId: event.id, record })
      }
    }
    times.add(event.asset.id, event.at)
  }

  return {
    at: reader.at,
    read(cut) {
      outcome = newOutcome(cut.kind === 'problem' ? cut.file : cut.input.name)
      times.begin()
      Object.assign(reader.counts, noCounts)
      // the sieve's lines and the items come mixed: items are looked at as they are found
      reader.read(cut, (item) => {
        if ('unparsed' in item) {
          known = undefined
          outcome.unparsed.push(item.unparsed)
        } else look(item.event, item.record)
      })
      outcome.counts = { ...reader.counts }
      const clocks = times.end()
      if (clocks) outcome.clocks = clocks
      outcome.failures = detector.stats.failures
      return outcome
    },
  }
}

const newOutcome = (file = ''): CutOutcome => ({
  ...{ file, counts: noCounts, unparsed: [], matches: 0, steps: [], failures: 0 },
})

/** A finding without its event. */
export function booked({ evidence, matched: _matched, ...finding }: Finding): BookedFinding {
  return { ...finding, asset: evidence.asset.name }
}

/** Collects assets and times, unless nobody wants them. */
function createTimes(wanted: boolean) {
  const places = new Map<string, number>()
  let asset = new Uint32Array(wanted ? 1024 : 0)
  let at = new Float64Array(wanted ? 1024 : 0)
  const times = {
    count: 0,
    begin() {
      times.count = 0
      places.clear()
    },
    add(assetId: string, time: number) {
      const { count } = times
      times.count = count + 1
      if (!wanted) return
      if (count === at.length) {
        const [wider, longer] = [new Uint32Array(count * 2), new Float64Array(count * 2)]
        wider.set(asset)
        longer.set(at)
        asset = wider
        at = longer
      }
      let place = places.get(assetId)
      if (place === undefined) {
        place = places.size
        places.set(assetId, place)
      }
      asset[count] = place
      at[count] = time
    },
    end: (): Clocks | undefined =>
      wanted
        ? { assets: [...places.keys()], asset: asset.slice(0, times.count), at: at.slice(0, times.count) }
        : undefined,
  }
  return times
}
