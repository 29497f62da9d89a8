/** What is said of the events without their schemas is what the schemas say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventShapes } from './event-shapes.ts'
import { eventJsonSchemas, eventSchemas, eventTypes } from './index.ts'

const prose = ['$schema', 'title', 'description', 'examples']

/** The schema without what is only for people; `properties` are names of fields, whatever they are called. */
function bare(schema: unknown, isNames = false): unknown {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return schema
  const kept = Object.entries(schema).filter(([key]) => isNames || !prose.includes(key))
  return Object.fromEntries(kept.map(([key, value]) => [key, bare(value, !isNames && key === 'properties')]))
}

test('every type has the fields of its schema, and their bounds', () => {
  assert.deepEqual(eventShapes(), bare(eventJsonSchemas(), true))
})

test('every type is named once', () => {
  assert.deepEqual(
    eventTypes,
    eventSchemas.map((schema) => schema.shape.type.value),
  )
})
