/** What the agent and its responder process say to each other. */
import type { TaskResultMessage } from '@rampart/api'

/** Settings of the responder process, as JSON on its command line. */
export interface ResponderSettings {
  /** `response` in the agent's state directory. */
  directory: string
}

/** What changes while the process runs. */
export interface ResponderContext {
  /** Of the agent itself. */
  ownPids: number[]
  /** As in entity ids of events. */
  bootId: string
  server: { host: string; port: number }
  /** The policy key `response` as the server sent it. */
  policy: Record<string, unknown>
}

export type ToResponder =
  /** Before the first task, and whenever it changes. */
  | { type: 'context'; context: ResponderContext }
  /** A task of the journal. */
  | { type: 'run'; id: string }
  | { type: 'cancel'; id: string }
  /** The piece of data with this number left for the server. */
  | { type: 'data-sent'; number: number }
  | { type: 'stop' }

export type FromResponder =
  | { type: 'result'; result: TaskResultMessage }
  | { type: 'data'; number: number; id: string; offset: number; bytes: Uint8Array<ArrayBuffer> }
