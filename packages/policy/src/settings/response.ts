/** Settings of what agents do on their hosts: what they never touch, and how much quarantine takes. */
import type { SettingDefinition } from './definition.ts'

export const responseSettings = {
  'response.protectedPrograms': {
    kind: 'list',
    default: [],
    meaning:
      'Absolute paths of programs that are never ended and whose files are never moved, besides the built-in ones; a path that ends in / means everything below it.',
    takesEffect: 'now',
    where: 'anywhere',
  },
  'quarantine.keptDays': {
    kind: 'number',
    default: 30,
    min: 1,
    max: 3650,
    unit: 'days',
    meaning:
      'Files that come into quarantine are kept for so long, then destroyed. Files that are there keep their day.',
    takesEffect: 'now',
    where: 'anywhere',
  },
  'quarantine.hostMegabytes': {
    kind: 'number',
    default: 2048,
    min: 16,
    max: 1_048_576,
    unit: 'MiB',
    meaning:
      'What the quarantine of one host may hold. When it is full, files are refused rather than older ones lost.',
    takesEffect: 'now',
    where: 'anywhere',
  },
  'quarantine.fileMegabytes': {
    kind: 'number',
    default: 512,
    min: 1,
    max: 65_536,
    unit: 'MiB',
    meaning: 'Larger files are not taken into quarantine.',
    takesEffect: 'now',
    where: 'anywhere',
  },
} as const satisfies Record<string, SettingDefinition>
