/** The readers of recorded input by themselves, without the sensors of a running host: what `rampart replay` loads. */

export type { Cut, CutCounts, CutInput } from './replay/cut.ts'
export { cutRecorded } from './replay/cut.ts'
export type { CutReader, LeaveLine, RecordCounts, SpendLines } from './replay/cut-reader.ts'
export type {
  EventReaderOptions,
  RawItem,
  RawRecorded,
  Recorded,
  RecordedCounts,
  RecordedItem,
  RecordedOptions,
} from './replay/open.ts'
export { createEventReader, openRaw, openRecorded, recordedAsset } from './replay/open.ts'
export type { RecordedSource } from './replay/source.ts'
export { recordedSources } from './replay/source.ts'
export { computerId, plainWindowsLine } from './windows/flat.ts'
