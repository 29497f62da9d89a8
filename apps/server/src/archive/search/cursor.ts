/** Where an answer goes on. Opaque to those who hold it, and checked when it comes back. */
import { SearchError } from '../event-search.ts'

export interface Place {
  at: number
  /** Null: everything nearer than `at` was looked at, and nothing at it. */
  id: string | null
}

export const writeCursor = ({ at, id }: Place) => Buffer.from(JSON.stringify([at, id])).toString('base64url')

/** Fails with `search.invalid-cursor`. */
export function readCursor(cursor: string): Place {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    if (typeof at === 'number' && (typeof id === 'string' || id === null)) return { at, id }
  } catch {
    // Not one of ours.
  }
  throw new SearchError('search.invalid-cursor', 'The place to go on from is not valid. Search again.')
}
