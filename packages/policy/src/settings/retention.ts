/** Settings of how long things are kept. */
import type { SettingDefinition } from './definition.ts'

export const retentionSettings = {
  'retention.eventDays': {
    kind: 'number',
    default: 30,
    min: 1,
    max: 3650,
    unit: 'days',
    meaning: 'Events older than this leave the archive. Evidence of alerts stays.',
    takesEffect: 'now',
    where: 'anywhere',
  },
  'retention.eventGigabytes': {
    kind: 'number',
    default: 8,
    min: 1,
    max: 65_536,
    unit: 'GiB',
    meaning: 'When the archive is larger, its oldest events go, however young they are. Evidence of alerts stays.',
    takesEffect: 'now',
    where: 'anywhere',
  },
  'retention.auditDays': {
    kind: 'number',
    default: 730,
    min: 30,
    max: 36_500,
    unit: 'days',
    meaning: 'Rows of the audit trail older than this are removed; the removal itself is written down.',
    takesEffect: 'now',
    where: 'anywhere',
  },
  'retention.inventoryDays': {
    kind: 'number',
    default: 90,
    min: 1,
    max: 3650,
    unit: 'days',
    meaning:
      'What came, changed and went on a server longer ago than this is forgotten. What the server has now stays.',
    takesEffect: 'now',
    where: 'anywhere',
  },
} as const satisfies Record<string, SettingDefinition>
