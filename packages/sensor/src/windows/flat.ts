/** What a line must be like to hold a flat Windows record whose fields are the event's fields as they stand. */
import { clip } from '../draft.ts'
import { ownTimes } from './times.ts'

/**
 * A line that is like this surely becomes one `windows.recorded` whose `fields` are the record itself, so that a rule may
 * look at it before it is decoded: a flat object without nulls in fields that anybody looks at. Others are left open.
 */
export const plainWindowsLine = {
  longest: 65_536,
  /** Names that make a record another source's, that are kept under another name, or not at all. */
  absent: [
    ...['type', '__REALTIME_TIMESTAMP', 'eventName', 'auditID', 'kind', 'event_type', '', '__proto__'],
    ...['EventId', 'Hostname', 'ProviderName', 'SourceName', 'ProviderGuid', 'RecordNumber'],
  ],
  integers: ['EventID'],
  texts: ['Channel'],
  /** The time of the event is the first of these that can be read; a text that begins otherwise than times do never can. */
  times: ownTimes,
  /** Names the asset, if there is something in it. */
  name: 'Computer',
} as const

/** The id of the asset that a record's `Computer` names. */
export const computerId = (computer: string): string => clip(computer, 128)
