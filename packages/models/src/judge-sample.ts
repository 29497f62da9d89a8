/** Events of one sample against all models → whether it does what its folder promises, in words a model author can act on. */
import type { Detector, DetectorState, Finding } from '@rampart/detection'
import type { Event } from '@rampart/event'
import type { SampleFile } from './load-models.ts'

export interface Verdict {
  ok: boolean
  /** What is wrong and why, one line each; empty when `ok`. */
  problems: string[]
  /** Alerts (aggregated) by model slug `<type>/<slug>`. */
  alerts: Record<string, number>
}

/**
 * Runs a sample from an empty state. `slugOf` turns a model id into `<type>/<slug>`; `own` is the slug of the sample's folder.
 * An attack sample raises one alert of its own model (others may see the same act), a benign sample none of any model.
 * An expectation replaces that by the counts it lists.
 */
export function judgeSample(
  detector: Detector,
  empty: DetectorState,
  sample: Pick<SampleFile, 'label' | 'expect'>,
  events: readonly Event[],
  own: string,
  slugOf: (modelId: string) => string,
): Verdict {
  detector.restoreState(structuredClone(empty))
  const failures = detector.stats.failures
  const findings = events.flatMap((event) => detector.detect(event))
  const alerts: Record<string, number> = {}
  const seen = new Set<string>()
  for (const finding of findings) {
    if (seen.has(finding.aggregationKey)) continue
    seen.add(finding.aggregationKey)
    const slug = slugOf(finding.modelId)
    alerts[slug] = (alerts[slug] ?? 0) + 1
  }
  const expected = sample.expect?.alerts ?? (sample.label === 'attack' ? { [own]: 1 } : {})
  const problems: string[] = []
  if (events.length === 0) problems.push('the sample has no event')
  if (detector.stats.failures > failures)
    problems.push(`the detector failed on an event; this is a bug in the detector: ${detector.stats.lastFailure}`)
  const judged = sample.label === 'benign' && !sample.expect ? Object.keys(alerts) : Object.keys(expected)
  for (const slug of judged) {
    const [wanted, got] = [expected[slug] ?? 0, alerts[slug] ?? 0]
    if (wanted === got) continue
    if (got === 0) {
      const others = Object.keys(alerts).join(', ')
      problems.push(
        `${slug} must raise ${plural(wanted)} and raised none${others ? `; raised instead: ${others}` : ''}`,
      )
    } else
      problems.push(
        `${slug} ${wanted === 0 ? 'must stay silent' : `must raise ${plural(wanted)}`} and raised ${plural(got)}:`,
        ...findings
          .filter((one) => slugOf(one.modelId) === slug)
          .slice(0, 5)
          .map(describe),
      )
  }
  return { ok: problems.length === 0, problems, alerts }
}

const plural = (count: number) => `${count} alert${count === 1 ? '' : 's'}`

function describe(finding: Finding): string {
  const held = finding.matched.map(({ field, value }) => `${field}=${JSON.stringify(value.slice(0, 160))}`).join(' ')
  return `    event ${finding.evidence.id} (${finding.evidence.type}) entity ${finding.entity.kind} ${JSON.stringify(finding.entity.value.slice(0, 80))}: ${held}`
}
