/** Event ids of a window → the records they came from, without keeping every event. */
import type { RecordPlace } from './alerts.ts'

export interface Places {
  /** Remembers where an event came from. */
  note(eventId: string, place: RecordPlace): void
  /** Places of the ids that are still known, in the order of the ids. */
  of(eventIds: readonly string[]): RecordPlace[]
}

/** Keeps the latest `capacity` events. Older ones of a long window are left out of an alert's records. */
export function createPlaces(capacity = 200_000): Places {
  let young = new Map<string, RecordPlace>()
  let old = new Map<string, RecordPlace>()
  return {
    note(eventId, place) {
      if (young.size >= capacity / 2) {
        old = young
        young = new Map()
      }
      young.set(eventId, place)
    },
    of(eventIds) {
      return eventIds.flatMap((id) => {
        // `~2` marks the repeat of an event that stands for several.
        const plain = id.replace(/~\d+$/, '')
        return young.get(id) ?? young.get(plain) ?? old.get(id) ?? old.get(plain) ?? []
      })
    },
  }
}
