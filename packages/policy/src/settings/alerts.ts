/** Settings of alerts. */
import type { SettingDefinition } from './definition.ts'

export const alertSettings = {
  'alerts.expireAfterDays': {
    kind: 'number',
    default: 30,
    min: 0,
    max: 3650,
    unit: 'days',
    meaning: 'Unhandled alerts that did not happen again for so many days expire; 0 for never.',
    takesEffect: 'now',
    where: 'anywhere',
  },
} as const satisfies Record<string, SettingDefinition>
