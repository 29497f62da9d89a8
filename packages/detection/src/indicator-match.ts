/** An intel model and an event → the indicator that one of its fields hits. */
import type { Event } from '@rampart/event'
import type { IndicatorSet } from '@rampart/intel'
import { readPaths } from './event-paths.ts'
import type { MatchedField } from './finding.ts'
import type { IntelParameters } from './model.ts'

const maxValuesPerField = 64
const maxTextLength = 65_536
const maxUrls = 64
/** What every URL in a text has. */
export const urlMark = '://'
const urlInText = /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s'"`<>|;(){}\\]{3,2048}/gi

function valuesOf({ indicator, urlsInText }: IntelParameters, values: readonly string[]): readonly string[] {
  return urlsInText
    ? values.flatMap((text) => urlsOf(text).map((url) => (indicator === 'url' ? url : hostOf(url))))
    : values
}

/** URLs of a text, trailing punctuation left out. Linear in the text, which is cut at 64 KB. */
export function urlsOf(text: string): string[] {
  const found: string[] = []
  if (!text.includes(urlMark)) return found
  for (const [url] of text.slice(0, maxTextLength).matchAll(urlInText)) {
    found.push(withoutPunctuation(url))
    if (found.length >= maxUrls) break
  }
  return found
}

function withoutPunctuation(url: string): string {
  let end = url.length
  while ('.,!?'.includes(url.charAt(end - 1)) && end > 0) end--
  return url.slice(0, end)
}

/** Host of a URL: without user, port and brackets. */
function hostOf(url: string): string {
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  return host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d*$/, '')
}

/** Whether `findIndicator` may find something in a value of one of the model's fields, at some instant. */
export function mayBeListed(parameters: IntelParameters, value: string, indicators: IndicatorSet): boolean {
  if (indicators.counts[parameters.indicator] === 0) return false
  return valuesOf(parameters, [value]).some((each) => indicators.knows(parameters.indicator, each))
}

/** What to show of the first hit, or undefined. Fields are tried in the order of the model. */
export function findIndicator(
  parameters: IntelParameters,
  event: Event,
  indicators: IndicatorSet,
): MatchedField[] | undefined {
  if (indicators.counts[parameters.indicator] === 0) return undefined
  for (const field of parameters.fields)
    for (const value of valuesOf(parameters, readPaths(event, field, maxValuesPerField))) {
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
