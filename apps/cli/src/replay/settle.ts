/** What the cuts of the input gave, in their order → lines of output, or alerts: the part that has to see every event in turn. */
import type { Detector, Finding } from '@rampart/detection'
import type { AlertBook, BookedFinding } from './alerts.ts'
import { createMatchLine } from './output.ts'
import { createPlaces } from './places.ts'
import { booked, type Clocks, type CutOutcome, type ReadOptions } from './read-cut.ts'

export interface Settler {
  /** Text to print. Every outcome once, in the order of the input. */
  settle(outcome: CutOutcome): string
  /** Matches so far. */
  readonly matches: number
}

export function createSettler(
  detector: Detector,
  book: AlertBook,
  { matches: wantsMatches, json }: Pick<ReadOptions, 'matches' | 'json'>,
): Settler {
  const places = createPlaces()
  const matchLine = createMatchLine(json)
  let matches = 0

  const add = (finding: BookedFinding) => book.add(finding, places.of(finding.eventIds))
  const settled = (findings: readonly Finding[], file: string, record: number): string => {
    matches += findings.length
    if (wantsMatches)
      return findings.map(({ modelId }) => matchLine(detector.model(modelId), modelId, file, record)).join('')
    for (const finding of findings) add(booked(finding))
    return ''
  }

  return {
    get matches() {
      return matches
    },
    settle({ file, steps, clocks, matches: printed }) {
      let text = ''
      let passed = 0
      const passUntil = (end: number) => {
        if (clocks) for (; passed < end; passed++) pass(detector, clocks, passed)
      }
      matches += printed
      for (const step of steps) {
        passUntil(step.before)
        if ('text' in step) text += step.text
        else if ('findings' in step) {
          matches += step.findings.length
          places.note(step.eventId, { file, record: step.record })
          for (const finding of step.findings) add(finding)
        } else {
          passed = step.before + 1
          places.note(step.event.id, { file, record: step.record })
          text += settled(detector.settle(step.event, step.rules), file, step.record)
        }
      }
      if (clocks) passUntil(clocks.at.length)
      return text
    },
  }
}

function pass(detector: Detector, { assets, asset, at }: Clocks, event: number): void {
  detector.pass(assets[asset[event] ?? 0] ?? '', at[event] ?? 0)
}
