/** A flat Windows record, known by single fields of it → whether its fields are the event's fields as they stand. */
import { looseInstant } from '../weblog/json.ts'

/** Names that make a record another source's, or that are kept under another name. */
const telling = [
  ...['type', '__REALTIME_TIMESTAMP', 'eventName', 'auditID', 'kind', 'event_type'],
  ...['EventId', 'Hostname', 'ProviderName', 'SourceName', 'ProviderGuid', 'RecordNumber'],
]
const times = ['TimeCreated_SystemTime', 'UtcTime', 'EventTime']

/**
 * Whether the record surely becomes one `windows.recorded` whose `fields` are the record itself, so that a rule may look
 * at it before it is decoded. False leaves it open. The record must be without nested values and nulls.
 */
export function isPlainWindowsRecord(read: (name: string) => unknown): boolean {
  // every name is asked for each time: the caller learns from one call which fields matter
  const id = read('EventID')
  const channel = read('Channel')
  const created = times.map(read).find((value) => typeof value === 'string' && value !== '')
  const plain = telling.filter((name) => read(name) !== undefined).length === 0
  if (!plain || !Number.isInteger(id) || typeof channel !== 'string') return false
  return typeof created === 'string' && looseInstant(created) !== undefined
}
