/** The names of all event types: data, so that whoever asks for them does not load the schemas. */
import type { EventType } from './event.ts'

/** In alphabetical order of their files. */
export const eventTypes: readonly EventType[] = [
  'account.changed',
  'agent.state-changed',
  'audit.recorded',
  'cloud.called',
  'dns.asked',
  'file.linked',
  'file.mode-changed',
  'file.removed',
  'file.renamed',
  'file.written',
  'inventory.changed',
  'kubernetes.called',
  'log.recorded',
  'logon.attempted',
  'logon.ended',
  'memory-file.created',
  'module.loaded',
  'network.accepted',
  'network.alerted',
  'network.connected',
  'network.listening',
  'privilege.used',
  'process.accessed',
  'process.ended',
  'process.started',
  'web.requested',
  'windows.recorded',
]
