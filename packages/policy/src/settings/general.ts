/** Settings of detection as a whole, and of agents. */
import type { SettingDefinition } from './definition.ts'

export const generalSettings = {
  'general.kubernetes': {
    kind: 'switch',
    default: false,
    meaning: 'Raises alerts of the type K8s Abnormal Behavior. It is the same switch as the defence item of that name.',
    takesEffect: 'now',
    where: 'anywhere',
  },
  'agents.silentAfterSeconds': {
    kind: 'number',
    default: 45,
    min: 5,
    max: 86_400,
    unit: 'seconds',
    meaning: 'An agent that says nothing for longer counts as silent, which raises an alert.',
    takesEffect: 'restart',
    where: 'anywhere',
  },
} as const satisfies Record<string, SettingDefinition>
