/** The columns of a stored event: where each comes from, and what may be concluded from it. */
import { type EventFieldName, eventFields } from '@rampart/api'
import type { Event } from '@rampart/event'
import { addressKey, comparable, textOf, valueAt } from '../event-text.ts'

export interface Column {
  name: string
  sql: 'VARCHAR' | 'DOUBLE'
  read: (event: Event) => string | number | null
}

/** Fields kept as they are written, because they are compared exactly; conditions compare them in lower case. */
const raw = new Set<EventFieldName>(['asset.id', 'process.entityId', 'process.parent.entityId'])
/** Fields whose values are many: a block's filter knows each of them. */
export const keyFields: ReadonlySet<string> = new Set<EventFieldName>([
  'process.executable',
  'process.entityId',
  'process.parent.entityId',
  'process.hash.sha256',
  'file.path',
  'file.hash.sha256',
  'question.name',
  'user.name',
  'destination.domain',
  'web.host',
  'container.id',
])
/** Fields whose values are not in the text of the event. */
export const outsideText: ReadonlySet<string> = new Set<EventFieldName>(['asset.id', 'container.id'])

export const columnName = (field: EventFieldName) => `f_${field.replaceAll('.', '_').toLowerCase()}`
/** What a condition compares: always in lower case. */
export const comparedColumn = (field: EventFieldName) =>
  raw.has(field) ? `lower(${columnName(field)})` : columnName(field)

const fieldColumns: Column[] = (Object.keys(eventFields) as EventFieldName[]).map((field) => ({
  name: columnName(field),
  sql: eventFields[field] === 'number' ? 'DOUBLE' : 'VARCHAR',
  read: raw.has(field) ? (event) => valueAt(event, field) : (event) => comparable(event, field),
}))

/** `block` is added when events are written to a file. */
export const columns: readonly Column[] = [
  { name: 'event_id', sql: 'VARCHAR', read: (event) => event.id },
  { name: 'happened_at', sql: 'DOUBLE', read: (event) => event.at },
  ...fieldColumns,
  { name: 'source_key', sql: 'VARCHAR', read: (event) => addressKey(event, 'source.address') },
  { name: 'destination_key', sql: 'VARCHAR', read: (event) => addressKey(event, 'destination.address') },
  { name: 'event_text', sql: 'VARCHAR', read: textOf },
  { name: 'event_json', sql: 'VARCHAR', read: jsonOf },
]

/** Columns whose values go into the filters of blocks, besides the id and the text. */
export const keyColumns: readonly string[] = [
  ...[...keyFields].map((field) => columnName(field as EventFieldName)),
  'source_key',
  'destination_key',
]

/** Halves of surrogate pairs are no text for DuckDB: they become U+FFFD, which is what UTF-8 makes of them anyway. */
function jsonOf(event: Event): string {
  const json = JSON.stringify(event)
  if (!json.includes('\\ud')) return json
  return JSON.stringify(event, (_name, value) => (typeof value === 'string' ? value.toWellFormed() : value))
}
