/** One event → what is searched in it: the values of named fields, and its text. */
import { type EventFieldName, parseAddress } from '@rampart/api'
import type { Event } from '@rampart/event'

/** Longest value that can be compared, and longest text that is searched, characters. The event itself stays whole. */
export const valueMax = 8192
export const textMax = 32_768

/** Names whose values say nothing to somebody who looks for words. */
const silent = new Set(['schema', 'id', 'at', 'receivedAt', 'startedAt', 'ancestors', 'arguments', 'inode', 'device'])

/** The value at a dotted path; null when there is none. */
export function valueAt(event: Event, path: string): string | number | null {
  let value: unknown = event
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null
    value = (value as Record<string, unknown>)[name]
  }
  if (typeof value === 'string') return value.length > valueMax ? value.slice(0, valueMax) : value
  if (typeof value === 'number') return value
  return typeof value === 'boolean' ? String(value) : null
}

/** The value of a named field, text in lower case, addresses as 32 hexadecimal digits where they are addresses. */
export function comparable(event: Event, field: EventFieldName): string | number | null {
  const value = valueAt(event, field)
  return typeof value === 'string' ? value.toLowerCase() : value
}

export function addressKey(event: Event, field: 'source.address' | 'destination.address'): string | null {
  const value = valueAt(event, field)
  return typeof value === 'string' ? parseAddress(value) : null
}

/** Whether an event that has such a text at a path has it in `textOf` too: truth values never are there, numbers in records only. */
export function isSearchedText(path: readonly string[], text: string): boolean {
  if ('true'.includes(text) || 'false'.includes(text)) return false
  const record = path.indexOf('fields')
  const isRecord = record >= 0 && record < path.length - 1
  if ((isRecord ? path.slice(0, record) : path).some((name) => silent.has(name))) return false
  return isRecord || /[^\d.e+-]/.test(text)
}

/** All text of an event in lower case, one value a line, and the numbers of records kept as delivered; without ancestors. */
export function textOf(event: Event): string {
  const parts: string[] = []
  let length = 0
  const visit = (value: unknown, depth: number, isRecord: boolean): void => {
    if (length > textMax) return
    if (typeof value === 'string' || (isRecord && typeof value === 'number')) {
      const part = String(value)
      parts.push(part)
      length += part.length + 1
    } else if (typeof value === 'object' && value !== null && depth < 16)
      for (const [name, inner] of Object.entries(value))
        if (isRecord || !silent.has(name)) visit(inner, depth + 1, isRecord || name === 'fields')
  }
  visit(event, 0, false)
  const text = parts.join('\n')
  return (text.length > textMax ? text.slice(0, textMax) : text).toLowerCase()
}
