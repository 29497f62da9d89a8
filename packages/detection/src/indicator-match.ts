/** An intel model and an event → the indicator that one of its fields hits. */
import type { Event } from '@rampart/event'
import type { IndicatorSet } from '@rampart/intel'
import { readPaths } from './event-paths.ts'
import type { MatchedField } from './finding.ts'
import type { IntelParameters } from './model.ts'

const maxValuesPerField = 64

/** What to show of the first hit, or undefined. Fields are tried in the order of the model. */
export function findIndicator(
  parameters: IntelParameters,
  event: Event,
  indicators: IndicatorSet,
): MatchedField[] | undefined {
  for (const field of parameters.fields)
    for (const value of readPaths(event, field, maxValuesPerField)) {
      const indicator = indicators.lookup(parameters.indicator, value, event.at)
      if (!indicator) continue
      return [
        { field, value: value.slice(0, 512) },
        { field: 'indicator', value: indicator.value.slice(0, 512) },
        { field: 'list', value: indicator.list.slice(0, 512) },
        ...(indicator.threat ? [{ field: 'threat', value: indicator.threat }] : []),
      ]
    }
  return undefined
}
