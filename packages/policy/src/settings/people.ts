/** Settings of sessions, sign-in and API tokens. */
import type { SettingDefinition } from './definition.ts'

const roles = ['viewer', 'analyst', 'responder', 'administrator'] as const

export const peopleSettings = {
  'sessions.idleMinutes': {
    kind: 'number',
    default: 480,
    min: 5,
    max: 10_080,
    unit: 'minutes',
    meaning: 'A session that nobody used for longer is over. An open page that nobody touches does not count as use.',
    takesEffect: 'now',
    where: 'anywhere',
  },
  'sessions.longestHours': {
    kind: 'number',
    default: 168,
    min: 1,
    max: 2160,
    unit: 'hours',
    meaning: 'A session is over after this time, used or not.',
    takesEffect: 'now',
    where: 'anywhere',
  },
  'sessions.rotateMinutes': {
    kind: 'number',
    default: 15,
    min: 1,
    max: 1440,
    unit: 'minutes',
    meaning: 'How often a session in use gets a new cookie; the one before it is of no use soon after.',
    takesEffect: 'now',
    where: 'anywhere',
  },
  'signIn.secondFactorRoles': {
    kind: 'list',
    default: [],
    choices: roles,
    meaning:
      'Roles that have to sign in with a one-time code too. Who has none set up yet is asked to do so at the next sign-in, before anything else.',
    takesEffect: 'now',
    where: 'anywhere',
  },
  'tokens.longestDays': {
    kind: 'number',
    default: 365,
    min: 1,
    max: 3650,
    unit: 'days',
    meaning: 'API tokens expire after at most this time. Tokens that exist keep their day.',
    takesEffect: 'now',
    where: 'anywhere',
  },
} as const satisfies Record<string, SettingDefinition>
