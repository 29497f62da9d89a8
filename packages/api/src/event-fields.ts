/** The fields of events that can be searched by name; each is a column of the archive. */

/** `text`: without regard to case. `number`: also ranges. `address`: also CIDR ranges. */
export type EventFieldKind = 'text' | 'number' | 'address'

export const eventFields = {
  type: 'text',
  'asset.id': 'text',
  'asset.name': 'text',
  sensor: 'text',
  'process.executable': 'text',
  'process.name': 'text',
  'process.commandLine': 'text',
  'process.pid': 'number',
  'process.entityId': 'text',
  'process.hash.sha256': 'text',
  'process.parent.executable': 'text',
  'process.parent.name': 'text',
  'process.parent.entityId': 'text',
  'user.name': 'text',
  'user.id': 'number',
  'source.address': 'address',
  'source.port': 'number',
  'destination.address': 'address',
  'destination.port': 'number',
  'destination.domain': 'text',
  'file.path': 'text',
  'file.hash.sha256': 'text',
  'question.name': 'text',
  'web.url': 'text',
  'web.status': 'number',
  'web.host': 'text',
  service: 'text',
  outcome: 'text',
  'container.id': 'text',
  'container.name': 'text',
} as const satisfies Record<string, EventFieldKind>

export type EventFieldName = keyof typeof eventFields

/** Any other field is reached by its path in the event: `event.fields.EventID`. Slower than a named one. */
export const eventPathPrefix = 'event.'

/** Null when there is no such field. */
export function eventFieldKind(name: string): EventFieldKind | null {
  if (Object.hasOwn(eventFields, name)) return eventFields[name as EventFieldName]
  return name.length <= 200 && /^event(\.[A-Za-z0-9_-]{1,64}){1,8}$/.test(name) ? 'text' : null
}
