/** Event types by what a person looks for. */
import type { TimelineItem } from '@rampart/api'
import { type EventType, eventTypes } from '@rampart/event'

type Group = TimelineItem['group']

export function groupOf(type: EventType): Group {
  if (type.startsWith('process.') || type === 'memory-file.created' || type === 'module.loaded') return 'process'
  if (type.startsWith('file.')) return 'file'
  if (type.startsWith('network.') || type === 'dns.asked' || type === 'web.requested') return 'network'
  if (type.startsWith('logon.') || type === 'account.changed' || type === 'privilege.used') return 'logon'
  return 'other'
}

export function typesOf(groups: readonly Group[]): EventType[] {
  return eventTypes.filter((type) => groups.includes(groupOf(type)))
}
