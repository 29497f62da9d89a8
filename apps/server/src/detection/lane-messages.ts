/** What the main thread and a detection thread say to each other. Every request has one answer, in order. */
import type { Found, LaneStats } from './lane-detector.ts'

/** Events as JSON, one a line, as the archive has them; a batch's own line of head is left out. */
export interface Lines {
  text: Uint8Array
  /** Lines at the start that are no events. */
  skip: number
  /** Place of the first event among those of the unit of work. */
  order: number
}

export type LaneRequest =
  | { kind: 'detect'; lines: Lines[] }
  /** JSON of a DetectorState. */
  | { kind: 'restore'; state: string }
  | { kind: 'save' }

export type LaneAnswer =
  | { kind: 'found'; found: Found[]; stats: LaneStats }
  | { kind: 'restored' }
  /** JSON of the states this lane has. */
  | { kind: 'saved'; states: string[] }
