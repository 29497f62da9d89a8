/** Which field paths an event type has, from its schema; and reading a path. */
import { type Event, type EventType, eventJsonSchemas } from '@rampart/event'

interface Schema {
  type?: string
  properties?: Record<string, Schema>
  items?: Schema
  additionalProperties?: unknown
}

const schemas = eventJsonSchemas() as Record<EventType, Schema>

/** Whether the schema of the type has the path. Lists are passed through: `process.ancestors.executable` is a path. */
export function hasPath(type: EventType, path: string): boolean {
  let schema: Schema | undefined = schemas[type]
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
  return schemas[type].properties?.fields !== undefined
}

/** The first scalar at the dotted path, as text; lists give their first element that has one. Undefined when there is none. */
export function readPath(event: Event, path: string): string | undefined {
  return readPaths(event, path, 1)[0]
}

/** Every scalar at the path, as text, at most `limit`. */
export function readPaths(event: Event, path: string, limit: number): string[] {
  const found: string[] = []
  collect(event, path, limit, found)
  return found
}

function collect(value: unknown, path: string, limit: number, found: string[]): void {
  if (found.length >= limit) return
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && index < 256 && found.length < limit; index++)
      collect(value[index], path, limit, found)
    return
  }
  if (path === '') {
    const text = scalar(value)
    if (text !== undefined) found.push(text)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const dot = path.indexOf('.')
  const key = dot < 0 ? path : path.slice(0, dot)
  if (Object.hasOwn(value, key))
    collect((value as Record<string, unknown>)[key], dot < 0 ? '' : path.slice(dot + 1), limit, found)
  // A key that contains dots itself, as in Kubernetes annotations.
  else if (dot >= 0 && Object.hasOwn(value, path)) collect((value as Record<string, unknown>)[path], '', limit, found)
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
