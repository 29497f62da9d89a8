/** What happened: the event schema of Rampart. */

export type { AccountChanged } from './account-changed.ts'
export type { AgentStateChanged } from './agent-state-changed.ts'
export type { AuditRecorded } from './audit-recorded.ts'
export { schemaVersion } from './base.ts'
export type { CloudCalled } from './cloud-called.ts'
export type { DnsAsked } from './dns-asked.ts'
export type { Event, EventIssue, EventOf, EventType, ParsedEvent } from './event.ts'
export { eventJsonSchemas, eventSchemas, eventTypes, parseEvent } from './event.ts'
export type { FileLinked } from './file-linked.ts'
export type { FileModeChanged } from './file-mode-changed.ts'
export type { FileRemoved } from './file-removed.ts'
export type { FileRenamed } from './file-renamed.ts'
export type { FileWritten } from './file-written.ts'
export type { KubernetesCalled } from './kubernetes-called.ts'
export type { LogRecorded } from './log-recorded.ts'
export type { LogonAttempted } from './logon-attempted.ts'
export type { LogonEnded } from './logon-ended.ts'
export type { MemoryFileCreated } from './memory-file-created.ts'
export type { ModuleLoaded } from './module-loaded.ts'
export type { NetworkAccepted } from './network-accepted.ts'
export type { NetworkAlerted } from './network-alerted.ts'
export type { NetworkConnected } from './network-connected.ts'
export type { NetworkListening } from './network-listening.ts'
export type { Ancestor, Asset, Container, Endpoint, File, Process, User } from './parts.ts'
export { commandLineLimit } from './parts.ts'
export type { PrivilegeUsed } from './privilege-used.ts'
export type { ProcessAccessed } from './process-accessed.ts'
export type { ProcessEnded } from './process-ended.ts'
export type { ProcessStarted } from './process-started.ts'
export type {
  AlertState,
  AlertState,
  AlertType,
  AlertType,
  AssetKind,
  AssetKind,
  EntityKind,
  EntityKind,
  Level,
  Level,
  Stage,
  Stage,
} from './vocabulary.ts'
export {
  alertStates,
  alertStates,
  alertTypes,
  alertTypes,
  assetKinds,
  assetKinds,
  entityKinds,
  entityKinds,
  levels,
  levels,
  slugOf,
  slugOf,
  stages,
  stages,
} from './vocabulary.ts'
export type { WebRequested } from './web-requested.ts'
export type { WindowsRecorded } from './windows-recorded.ts'
