/** What the server and its search process say to each other. */
import type { ArchivePosition } from '../event-archive.ts'
import type { SearchError } from '../event-search.ts'
import type { EngineBounds } from './engine.ts'
import type { IndexState } from './event-index.ts'
import type { Searcher } from './searcher.ts'

export type Method = 'search' | 'histogram' | 'topValues' | 'byIds' | 'byProcess'
export type Question<Name extends Method> = Parameters<Searcher[Name]>[0]
export type Answer<Name extends Method> = Awaited<ReturnType<Searcher[Name]>>

export interface WorkerSettings extends EngineBounds {
  /** Folder of the log's segments, of the files, and of what does not fit into memory. */
  log: string
  files: string
  temporary: string
  fileRows?: number
  /** So many small neighbouring files become one. */
  mergedFiles?: number
  /** Events that a question looks at before it first sees to the time. */
  roundRows?: number
}

export type ToWorker =
  | { kind: 'grown'; position: ArchivePosition }
  | { kind: 'ask'; number: number; method: Method; question: unknown; position: ArchivePosition; timeoutMs: number }
  | { kind: 'cancel'; number: number }
  | { kind: 'sweep'; maxBytes: number; before: number }

export type FromWorker =
  | { kind: 'state'; state: IndexState }
  | { kind: 'answer'; number: number; answer: unknown }
  | { kind: 'refused'; number: number; code: SearchError['code']; message: string }
