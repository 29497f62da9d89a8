/** Which field paths an event type has, from its schema; and reading a path. */
import type { Event, EventType } from '@rampart/event'
import { type EventShape, eventShapes } from '@rampart/event/event-shapes'

/** Whether the schema of the type has the path. Lists are passed through: `process.ancestors.executable` is a path. */
export function hasPath(type: EventType, path: string): boolean {
  let schema: EventShape | undefined = eventShapes()[type]
  for (const segment of path.split('.')) {
    while (schema?.items) schema = schema.items
    if (schema && !schema.properties && schema.additionalProperties !== undefined) return true
    schema = schema?.properties && Object.hasOwn(schema.properties, segment) ? schema.properties[segment] : undefined
    if (!schema) return false
  }
  return true
}

/** Whether events of the type carry a record of foreign fields under `fields`. */
export function hasForeignFields(type: EventType): boolean {
  return eventShapes()[type].properties?.fields !== undefined
}

/** The first scalar at the dotted path, as text; lists give their first element that has one. Undefined when there is none. */
export function readPath(event: Event, path: string): string | undefined {
  return readPaths(event, path, 1)[0]
}

const none: readonly string[] = []

/** Every scalar at the path, as text, at most `limit`. */
export function readPaths(event: Event, path: string, limit: number): readonly string[] {
  const keys = keysOf(path)
  let value: unknown = event
  // objects all the way down, as most paths are: nothing is collected on the way
  for (let index = 0; index < keys.length; index++) {
    if (typeof value !== 'object' || value === null) return none
    const key = keys[index] ?? ''
    if (Array.isArray(value) || !Object.hasOwn(value, key)) return collected(event, keys, limit)
    value = (value as Record<string, unknown>)[key]
  }
  if (typeof value === 'object') return value === null ? none : collected(event, keys, limit)
  const text = scalar(value)
  return text === undefined ? none : [text]
}

/** Paths of models and whitelist rules, cut once. */
const known = new Map<string, readonly string[]>()
const maxKnown = 4_096

function keysOf(path: string): readonly string[] {
  let keys = known.get(path)
  if (keys) return keys
  keys = path.split('.')
  if (known.size < maxKnown) known.set(path, keys)
  return keys
}

function collected(event: Event, keys: readonly string[], limit: number): readonly string[] {
  const found: string[] = []
  collect(event, keys, 0, limit, found)
  return found
}

function collect(value: unknown, keys: readonly string[], from: number, limit: number, found: string[]): void {
  if (found.length >= limit) return
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && index < 256 && found.length < limit; index++)
      collect(value[index], keys, from, limit, found)
    return
  }
  if (from === keys.length) {
    const text = scalar(value)
    if (text !== undefined) found.push(text)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const key = keys[from] ?? ''
  if (Object.hasOwn(value, key)) {
    collect((value as Record<string, unknown>)[key], keys, from + 1, limit, found)
    return
  }
  if (from === keys.length - 1) return
  // A key that contains dots itself, as in Kubernetes annotations.
  const rest = keys.slice(from).join('.')
  if (Object.hasOwn(value, rest)) collect((value as Record<string, unknown>)[rest], keys, keys.length, limit, found)
}

function scalar(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value)
    default:
      return undefined
  }
}
