/** The union of all event types, and validation at the edge. */
import { z } from 'zod'
import { accountChanged } from './account-changed.ts'
import { agentStateChanged } from './agent-state-changed.ts'
import { auditRecorded } from './audit-recorded.ts'
import { cloudCalled } from './cloud-called.ts'
import { dnsAsked } from './dns-asked.ts'
import { eventTypes } from './event-types.ts'
import { fileLinked } from './file-linked.ts'
import { fileModeChanged } from './file-mode-changed.ts'
import { fileRemoved } from './file-removed.ts'
import { fileRenamed } from './file-renamed.ts'
import { fileWritten } from './file-written.ts'
import { inventoryChanged } from './inventory-changed.ts'
import { kubernetesCalled } from './kubernetes-called.ts'
import { logRecorded } from './log-recorded.ts'
import { logonAttempted } from './logon-attempted.ts'
import { logonEnded } from './logon-ended.ts'
import { memoryFileCreated } from './memory-file-created.ts'
import { moduleLoaded } from './module-loaded.ts'
import { networkAccepted } from './network-accepted.ts'
import { networkAlerted } from './network-alerted.ts'
import { networkConnected } from './network-connected.ts'
import { networkListening } from './network-listening.ts'
import { privilegeUsed } from './privilege-used.ts'
import { processAccessed } from './process-accessed.ts'
import { processEnded } from './process-ended.ts'
import { processStarted } from './process-started.ts'
import { webRequested } from './web-requested.ts'
import { windowsRecorded } from './windows-recorded.ts'

/** Every event type of the schema, in alphabetical order of their files. */
export const eventSchemas = [
  accountChanged,
  agentStateChanged,
  auditRecorded,
  cloudCalled,
  dnsAsked,
  fileLinked,
  fileModeChanged,
  fileRemoved,
  fileRenamed,
  fileWritten,
  inventoryChanged,
  kubernetesCalled,
  logRecorded,
  logonAttempted,
  logonEnded,
  memoryFileCreated,
  moduleLoaded,
  networkAccepted,
  networkAlerted,
  networkConnected,
  networkListening,
  privilegeUsed,
  processAccessed,
  processEnded,
  processStarted,
  webRequested,
  windowsRecorded,
] as const

const union = z.discriminatedUnion('type', eventSchemas)

/** Something that happened. Discriminated by `type`. */
export type Event = z.infer<typeof union>
export type EventType = Event['type']
/** The event of one type: `EventOf<'process.started'>`. */
export type EventOf<T extends EventType> = Extract<Event, { type: T }>

/** Why a value is not an event: `code` is stable, `path` names the field. */
export interface EventIssue {
  code: 'event.not-an-object' | 'event.unknown-type' | 'event.invalid-field'
  path: string
  message: string
}
export type ParsedEvent = { ok: true; event: Event } | { ok: false; issue: EventIssue }

/**
 * Validates one untrusted value. Never throws. Unknown fields are dropped; the first wrong field is named.
 */
export function parseEvent(value: unknown): ParsedEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, issue: { code: 'event.not-an-object', path: '', message: 'an event is a JSON object' } }
  const parsed = union.safeParse(value)
  if (parsed.success) return { ok: true, event: parsed.data }
  const type = (value as { type?: unknown }).type
  if (!eventTypes.includes(type as EventType))
    return {
      ok: false,
      issue: {
        code: 'event.unknown-type',
        path: 'type',
        message: `no event type is called ${JSON.stringify(String(type).slice(0, 64))}`,
      },
    }
  const first = parsed.error.issues[0]
  return {
    ok: false,
    issue: { code: 'event.invalid-field', path: first?.path.join('.') ?? '', message: first?.message ?? 'invalid' },
  }
}

/** JSON Schema (draft 2020-12) of every event type, for the reference and for other programs. */
export function eventJsonSchemas(): Record<EventType, unknown> {
  return Object.fromEntries(eventSchemas.map((schema) => [schema.shape.type.value, z.toJSONSchema(schema)])) as Record<
    EventType,
    unknown
  >
}
