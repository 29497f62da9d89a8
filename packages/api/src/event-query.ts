/**
 * The query language of the event search: text → conditions, all of which must hold.
 * `process.name:curl destination.address:192.0.2.0/24 -user.name:root type:(a b) "exact text"`. One pass, linear.
 */
export type { EventFieldKind, EventFieldName } from './event-fields.ts'
export { eventFields } from './event-fields.ts'

import { type AddressRange, parseAddressRange } from './address-range.ts'
import { type EventFieldKind, eventFieldKind } from './event-fields.ts'

export type ValueTest =
  | { is: 'equals' | 'contains' | 'startsWith' | 'endsWith'; value: string }
  /** Both ends included. */
  | { is: 'range'; from: number; to: number }
  | ({ is: 'within' } & AddressRange)
  /** The event has the field. */
  | { is: 'present' }

export interface EventCondition {
  /** A name of `eventFields`, `event.<path>`, or null for the text of the whole event. */
  field: string | null
  negated: boolean
  /** One of them must hold. */
  any: ValueTest[]
}

/** A condition and the characters of the query that say it. */
export interface EventTerm {
  at: number
  length: number
  condition: EventCondition
}

export interface EventQueryIssue {
  code:
    | 'query.too-long'
    | 'query.too-many-terms'
    | 'query.unknown-field'
    | 'query.missing-value'
    | 'query.unclosed-quote'
    | 'query.unclosed-list'
    | 'query.not-a-number'
    | 'query.not-an-address'
  message: string
  /** Place in the query, in characters. */
  at: number
  length: number
}
export type ParsedEventQuery = { ok: true; terms: EventTerm[] } | { ok: false; issue: EventQueryIssue }

export const eventQueryLimits = { characters: 4096, terms: 64, values: 256 }

class QueryError extends Error {
  readonly issue: EventQueryIssue
  constructor(code: EventQueryIssue['code'], at: number, length: number, message: string) {
    super(message)
    this.issue = { code, at, length, message }
  }
}

/** Never throws. The first mistake is named with its place. */
export function parseEventQuery(query: string): ParsedEventQuery {
  try {
    return { ok: true, terms: termsOf(query) }
  } catch (error) {
    if (error instanceof QueryError) return { ok: false, issue: error.issue }
    throw error
  }
}

const isSpace = (character: string | undefined) => character !== undefined && /\s/.test(character)

function termsOf(query: string): EventTerm[] {
  const { characters, terms: termsMax } = eventQueryLimits
  if (query.length > characters)
    throw new QueryError(
      'query.too-long',
      characters,
      query.length - characters,
      `A query has at most ${characters} characters.`,
    )
  const terms: EventTerm[] = []
  let at = 0
  while (at < query.length) {
    if (isSpace(query[at])) {
      at++
      continue
    }
    if (terms.length === termsMax)
      throw new QueryError('query.too-many-terms', at, query.length - at, `A query has at most ${termsMax} terms.`)
    const { condition, end } = termAt(query, at)
    terms.push({ at, length: end - at, condition })
    at = end
  }
  return terms
}

function termAt(query: string, start: number): { condition: EventCondition; end: number } {
  const negated = query[start] === '-' && start + 1 < query.length && !isSpace(query[start + 1])
  const at = negated ? start + 1 : start
  const field = fieldAt(query, at)
  if (field === null) {
    const value = valueAt(query, at, '')
    return { condition: { field: null, negated, any: [{ is: 'contains', value: value.text }] }, end: value.end }
  }
  const kind = eventFieldKind(field)
  if (!kind) throw new QueryError('query.unknown-field', at, field.length, `There is no field ${field}.`)
  const from = at + field.length + 1
  if (query[from] !== '(') {
    const value = valueAt(query, from, '')
    return { condition: { field, negated, any: [testOf(kind, value, from)] }, end: value.end }
  }
  const any: ValueTest[] = []
  let place = from + 1
  for (;;) {
    while (isSpace(query[place])) place++
    if (query[place] === ')') break
    if (place >= query.length || any.length === eventQueryLimits.values)
      throw new QueryError('query.unclosed-list', from, query.length - from, 'The list has no closing parenthesis.')
    const value = valueAt(query, place, ')')
    any.push(testOf(kind, value, place))
    place = value.end
  }
  if (any.length === 0) throw new QueryError('query.missing-value', from, 2, `The list after ${field}: is empty.`)
  return { condition: { field, negated, any }, end: place + 1 }
}

/** `name:` at a place. A word with a colon whose front is no plausible name (`http://…`, `12:30`) is free text. */
function fieldAt(query: string, at: number): string | null {
  let end = at
  while (/[A-Za-z0-9_.-]/.test(query[end] ?? '')) end++
  if (query[end] !== ':' || end === at || !/[A-Za-z]/.test(query[at] ?? '')) return null
  const name = query.slice(at, end)
  if (eventFieldKind(name)) return name
  return query.startsWith('//', end + 1) || !/^[A-Za-z]+(\.[A-Za-z0-9_-]+)*$/.test(name) ? null : name
}

interface Value {
  text: string
  /** A star outside quotes at the beginning or end. */
  openStart: boolean
  openEnd: boolean
  quoted: boolean
  end: number
}

/** A word up to white space or `stop`; parts in double quotes are taken as they are, `\"` and `\\` inside them. */
function valueAt(query: string, start: number, stop: string): Value {
  let text = ''
  let end = start
  let quoted = false
  const openStart = query[end] === '*'
  if (openStart) end++
  let openEnd = false
  while (end < query.length && !isSpace(query[end]) && query[end] !== (stop || undefined)) {
    if (openEnd) {
      text += '*'
      openEnd = false
    }
    if (query[end] === '"') {
      const quote = quotedAt(query, end)
      text += quote.text
      end = quote.end
      quoted = true
    } else if (query[end] === '*') {
      openEnd = true
      end++
    } else text += query[end++]
  }
  return { text, openStart, openEnd, quoted, end }
}

function quotedAt(query: string, start: number): { text: string; end: number } {
  let text = ''
  for (let at = start + 1; at < query.length; at++) {
    const character = query[at]
    if (character === '"') return { text, end: at + 1 }
    if (character === '\\' && (query[at + 1] === '"' || query[at + 1] === '\\')) text += query[++at]
    else text += character
  }
  throw new QueryError('query.unclosed-quote', start, query.length - start, 'The quotation mark is not closed.')
}

function testOf(kind: EventFieldKind, value: Value, at: number): ValueTest {
  const { text, openStart, openEnd, quoted } = value
  const length = Math.max(1, value.end - at)
  if (text === '') {
    if (openStart || openEnd) return { is: 'present' }
    if (!quoted) throw new QueryError('query.missing-value', at, length, 'A value is missing after the colon.')
  }
  if (kind === 'number') return rangeOf(text, at, length)
  if (kind === 'address' && !openStart && !openEnd) {
    const range = parseAddressRange(text)
    if (range) return { is: 'within', ...range }
    throw new QueryError('query.not-an-address', at, length, `${text} is no address and no CIDR range.`)
  }
  if (openStart && openEnd) return { is: 'contains', value: text }
  if (openEnd) return { is: 'startsWith', value: text }
  return { is: openStart ? 'endsWith' : 'equals', value: text }
}

/** `443`, `1..1023`, `>1023`, `>=1024`, `<80`, `<=80`. */
function rangeOf(text: string, at: number, length: number): ValueTest {
  const found =
    /^(?:(?<only>-?\d{1,15})|(?<from>-?\d{1,15})\.\.(?<to>-?\d{1,15})|(?<sign>[<>]=?)(?<bound>-?\d{1,15}))$/.exec(text)
  const { only, from, to, sign, bound } = found?.groups ?? {}
  if (only !== undefined) return { is: 'range', from: Number(only), to: Number(only) }
  if (from !== undefined && to !== undefined) return { is: 'range', from: Number(from), to: Number(to) }
  if (sign === undefined)
    throw new QueryError(
      'query.not-a-number',
      at,
      length,
      `${text} is no number and no range such as 1..1023 or >=1024.`,
    )
  const edge = Number(bound)
  if (sign.startsWith('>')) return { is: 'range', from: sign === '>' ? edge + 1 : edge, to: Number.MAX_SAFE_INTEGER }
  return { is: 'range', from: Number.MIN_SAFE_INTEGER, to: sign === '<' ? edge - 1 : edge }
}
