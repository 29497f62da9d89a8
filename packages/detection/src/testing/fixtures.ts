/** Rule texts and events for the tests of this package. */
import type { Event } from '@rampart/event'

const prose = `falsepositives:
  - An administrator at work.
level: high
`
const why = `  why: Because it matters.
  blindSpots: What it cannot see.
  triage: [Look at it.]
  advice: [Act on it.]
`
let made = 0

/** A complete rule.yml; `body` holds logsource and detection (or correlation), `block` the rest of the rampart block. */
export function ruleText(
  body: string,
  block: string,
  options: { id?: string; tags?: string; before?: string } = {},
): string {
  made++
  const id = options.id ?? `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`
  return `${options.before ?? ''}title: Test model ${made}
id: ${id}
status: experimental
description: A model for a test.
date: 2026-01-01
tags: [${options.tags ?? 'attack.t1059.004, attack.execution'}]
${body}${prose}rampart:
  type: Suspicious Process
  stages: [Remote Control]
${block}${why}`
}

export const processRule = (needle: string) =>
  ruleText(
    `logsource: {product: linux, category: process_creation}
detection: {selection: {CommandLine|contains: ${needle}}, condition: selection}
`,
    '  entity: process.executable\n',
  )

let sequence = 0

/** An event with what every event has; `id` is deterministic within one run of a test. */
export function eventOf(part: Record<string, unknown>): Event {
  sequence++
  return {
    schema: 1,
    id: `a1/test/${sequence}`,
    at: 1_700_000_000_000 + sequence,
    asset: { id: 'a1', name: 'web-1', kind: 'host' },
    sensor: 'test',
    ...part,
  } as Event
}

export const started = (commandLine: string, part: Record<string, unknown> = {}) =>
  eventOf({
    type: 'process.started',
    process: { pid: 7, entityId: 'b-7', executable: '/usr/bin/bash', commandLine },
    ...part,
  })

export const logon = (outcome: string, address: string, at: number, part: Record<string, unknown> = {}) =>
  eventOf({
    type: 'logon.attempted',
    at,
    outcome,
    service: 'sshd',
    method: 'password',
    user: { name: 'root' },
    source: { address },
    ...part,
  })
