import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channelSettings } from '@rampart/api'
import { planStep } from './plan.ts'
import { isZone, quietMinutes } from './quiet.ts'
import type { Waiting } from './store.ts'

const settings = (more: object) => channelSettings.parse({ name: 'n', target: { kind: 'slack' }, ...more })
const waiting = (number: number, more: Partial<Waiting> = {}): Waiting => ({
  number,
  alertId: `al-${number}`,
  urgent: false,
  held: false,
  queuedAt: 0,
  ...more,
})
const numbers = (list: readonly Waiting[]) => list.map((one) => one.number)
const noon = Date.UTC(2026, 5, 1, 12)

test('quiet hours go over midnight and follow the zone', () => {
  const quiet = { from: '22:00', to: '07:00', zone: 'Europe/Berlin' }
  // Berlin is two hours ahead of UTC in June.
  assert.equal(quietMinutes(quiet, Date.UTC(2026, 5, 1, 19, 59)), 0)
  assert.equal(quietMinutes(quiet, Date.UTC(2026, 5, 1, 20, 0)), 540)
  assert.equal(quietMinutes(quiet, Date.UTC(2026, 5, 2, 4, 59)), 1)
  assert.equal(quietMinutes(quiet, Date.UTC(2026, 5, 2, 5, 0)), 0)
  assert.equal(quietMinutes({ from: '00:00', to: '00:00', zone: 'UTC' }, noon), 720)
  assert.equal(isZone('Europe/Berlin'), true)
  assert.equal(isZone('Europe/Atlantis'), false)
})

test('quiet hours end by the clock of the zone, also in the nights when it is changed', () => {
  const quiet = { from: '22:00', to: '07:00', zone: 'Europe/Berlin' }
  // 28 March 2026, 22:00 in Berlin: one hour is left out in this night.
  assert.equal(quietMinutes(quiet, Date.UTC(2026, 2, 28, 21)), 480)
  // 24 October 2026, 22:00 in Berlin: one hour comes twice.
  assert.equal(quietMinutes(quiet, Date.UTC(2026, 9, 24, 20)), 600)
  // In the middle of the doubled hour, both times.
  assert.equal(quietMinutes(quiet, Date.UTC(2026, 9, 25, 0, 30)), 330)
  assert.equal(quietMinutes(quiet, Date.UTC(2026, 9, 25, 1, 30)), 270)
  // Zones of half and quarter hours, and far in the east.
  assert.equal(quietMinutes({ from: '23:15', to: '00:15', zone: 'Asia/Kathmandu' }, Date.UTC(2026, 5, 1, 17, 30)), 60)
  assert.equal(quietMinutes({ from: '23:00', to: '01:00', zone: 'Pacific/Kiritimati' }, Date.UTC(2026, 5, 1, 10)), 60)
})

test('alerts go out one by one, and the last message of the window takes all that is left', () => {
  const limited = settings({ limit: { messages: 3, minutes: 10 } })
  const four = [waiting(1), waiting(2), waiting(3), waiting(4)]
  assert.deepEqual(numbers(planStep(limited, four, [], noon).tell), [1])
  assert.deepEqual(numbers(planStep(limited, four.slice(1), [noon], noon).tell), [2])
  assert.deepEqual(numbers(planStep(limited, four.slice(2), [noon, noon], noon).tell), [3, 4])
  const full = planStep(limited, [waiting(5)], [noon, noon + 1, noon + 2], noon + 5)
  assert.deepEqual(numbers(full.tell), [])
  assert.deepEqual(numbers(full.hold), [5])
  assert.equal(full.againAt, noon + 600_001)
  // What the limit held comes together.
  const later = planStep(limited, [waiting(5, { held: true }), waiting(6)], [], noon + 700_000)
  assert.deepEqual(numbers(later.tell), [5, 6])
})

test('in quiet hours only urgent alerts pass, if they may', () => {
  const quiet = { from: '10:00', to: '13:00', zone: 'UTC' }
  const both = [waiting(1), waiting(2, { urgent: true })]
  const step = planStep(settings({ quiet }), both, [], noon)
  assert.deepEqual([numbers(step.tell), numbers(step.hold)], [[2], [1]])
  const strict = planStep(settings({ quiet: { ...quiet, urgentAnyway: false } }), both, [], noon)
  assert.deepEqual([numbers(strict.tell), numbers(strict.hold), strict.againAt], [[], [1, 2], noon + 3_600_000])
})

test('nothing waits, nothing happens', () => {
  assert.deepEqual(planStep(settings({}), [], [], noon), { tell: [], hold: [], againAt: null })
})
