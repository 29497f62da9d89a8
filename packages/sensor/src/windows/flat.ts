/** A flat Windows record, known by single fields of it → whether its fields are the event's fields as they stand. */
import { clip } from '../draft.ts'
import { looseInstant } from '../weblog/json.ts'

/** Names that make a record another source's, that are kept under another name, or not at all. */
const telling = [
  ...['type', '__REALTIME_TIMESTAMP', 'eventName', 'auditID', 'kind', 'event_type', '', '__proto__'],
  ...['EventId', 'Hostname', 'ProviderName', 'SourceName', 'ProviderGuid', 'RecordNumber'],
]
const times = ['TimeCreated_SystemTime', 'UtcTime', 'EventTime']

/** What the event will have besides its fields. */
export interface PlainWindowsRecord {
  at: number
  /** Id of the asset that the record names. */
  assetId: string | undefined
}

/**
 * The record, if it surely becomes one `windows.recorded` whose `fields` are the record itself, so that a rule may look
 * at it before it is decoded. Undefined leaves it open. The record must be without nested values and nulls.
 */
export function plainWindowsRecord(read: (name: string) => unknown): PlainWindowsRecord | undefined {
  // every name is asked for each time: the caller learns from one call which fields matter
  const id = read('EventID')
  const channel = read('Channel')
  const computer = read('Computer')
  const created = times.map(read).find((value) => typeof value === 'string' && value !== '')
  const plain = telling.filter((name) => read(name) !== undefined).length === 0
  if (!plain || !Number.isInteger(id) || typeof channel !== 'string' || typeof created !== 'string') return undefined
  const at = looseInstant(created)
  if (at === undefined) return undefined
  return { at, assetId: typeof computer === 'string' && computer !== '' ? clip(computer, 128) : undefined }
}
