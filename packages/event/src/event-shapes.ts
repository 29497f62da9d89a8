/** What fields the events of each type have, as the schemas say, without loading these: for paths of rules and for lines. */
import type { EventType } from './event.ts'
import { commonFields, shapesOfTypes } from './event-shapes-data.ts'

/** The part of JSON Schema that our schemas use, without prose. */
export interface EventShape {
  type?: string
  properties?: Record<string, EventShape>
  additionalProperties?: unknown
  required?: string[]
  items?: EventShape
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  maxItems?: number
  const?: unknown
  enum?: unknown[]
  pattern?: string
}

let known: Record<EventType, EventShape> | undefined

/** The shape of every event type. The same object each time. */
export function eventShapes(): Readonly<Record<EventType, EventShape>> {
  if (known) return known
  const common = JSON.parse(commonFields) as Record<string, EventShape>
  known = Object.fromEntries(
    Object.entries(shapesOfTypes).map(([type, text]) => {
      const shape = JSON.parse(text) as EventShape
      return [type, { ...shape, properties: { ...common, ...shape.properties } }]
    }),
  ) as Record<EventType, EventShape>
  return known
}
