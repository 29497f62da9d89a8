/** What the agent knows of itself, in one object: for the server's health message and for `agent status`. */

import { X509Certificate } from 'node:crypto'
import type { SensorHealth } from '@rampart/sensor'
import type { Ceiling } from './host/ceiling.ts'
import type { Identity } from './identity/identity.ts'
import type { Pipeline } from './pipeline.ts'
import { failedSensor } from './sensing/failed-sensor.ts'
import type { UpgradeResult } from './upgrade/trial.ts'

export interface AgentReport {
  running: true
  version: string
  pid: number
  sensorPid: number | null
  startedAt: string
  identity: Identity & { certificateExpiresAt: string }
  connection: { connected: boolean; server: string; attempts: number; lastError: string }
  spool: {
    events: number
    bytes: number
    /** Room that policy gives it. */
    maxBytes: number
    lastSequence: number
    acknowledged: number
    problem: string
    tornBytes: number
  }
  /** By `<event type>:<reason>`, since enrolment. */
  dropped: Record<string, number>
  /** Events merged into equal ones during floods, since the sensor process started. */
  merged: number
  sensors: SensorHealth[]
  resources: { rssBytes: number; cpuFraction: number }
  limits: { description: string; problems: string[] }
}

export interface ReportFacts {
  identity: Identity
  version: string
  startedAt: number
  /** The state directory was made on another machine. */
  machineMoved: boolean
  certificate: string
  /** What somebody took away from the running agent. */
  integrity: readonly string[]
  /** What became of the last upgrade. */
  upgrade: UpgradeResult | undefined
  /** Why the last renewal failed; empty when none did. */
  renewalProblem: string
  limits: Ceiling | undefined
  resources: { rssBytes: number; cpuFraction: number }
  pipeline: Pipeline
}

export function reportOf(facts: ReportFacts): AgentReport {
  const { identity, pipeline, limits } = facts
  const { spool, delivery, drops, sensing } = pipeline
  return {
    running: true,
    version: facts.version,
    pid: process.pid,
    sensorPid: sensing.pid ?? null,
    startedAt: new Date(facts.startedAt).toISOString(),
    identity: { ...identity, certificateExpiresAt: new X509Certificate(facts.certificate).validToDate.toISOString() },
    connection: { ...delivery.state, server: identity.server },
    spool: {
      events: spool.events,
      bytes: spool.waitingBytes,
      maxBytes: spool.maxBytes,
      lastSequence: spool.last,
      acknowledged: spool.acknowledged,
      problem: spool.problem,
      tornBytes: spool.tornBytes,
    },
    dropped: drops.counts,
    merged: sensing.merged,
    sensors: [...ownHealth(facts), ...sensing.health],
    resources: facts.resources,
    limits: { description: limits?.description ?? 'switched off', problems: limits?.problems ?? [] },
  }
}

/** Troubles of the agent itself, in the form of a sensor's health so that they show wherever those do. */
function ownHealth({
  machineMoved,
  limits,
  renewalProblem,
  integrity,
  upgrade,
  pipeline,
}: ReportFacts): SensorHealth[] {
  const problems: [name: string, reason: string][] = []
  if (machineMoved)
    problems.push([
      'agent.identity',
      'this identity was made on another machine: enrol this host with a token of its own',
    ])
  if (renewalProblem !== '')
    problems.push([
      'agent.identity',
      `the certificate could not be renewed, enrol again before it ends: ${renewalProblem}`,
    ])
  if (pipeline.spool.problem !== '')
    problems.push(['agent.spool', `events cannot be stored, they are counted and lost: ${pipeline.spool.problem}`])
  if (limits !== undefined && limits.problems.length > 0) problems.push(['agent.limits', limits.problems.join('; ')])
  if (upgrade?.outcome === 'rolled-back')
    problems.push([
      'agent.upgrade',
      `version ${upgrade.version} ${upgrade.reason}; version ${upgrade.before} runs again`,
    ])
  const degraded = problems.map(([name, reason]) => ({ ...failedSensor(name, reason), state: 'degraded' as const }))
  return integrity.length === 0 ? degraded : [failedSensor('agent.integrity', integrity.join('; ')), ...degraded]
}

/** Cut to what the protocol allows: one long reason of one sensor must not cost the connection. */
export function sendableHealth(sensors: readonly SensorHealth[]): SensorHealth[] {
  const count = (value: number) => (Number.isFinite(value) && value >= 0 ? value : 0)
  const keyed = <Value, Kept>(record: Record<string, Value>, keep: (value: Value) => Kept) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key.slice(0, 64), keep(value)]))
  return sensors.slice(0, 64).map((one) => ({
    sensor: one.sensor.slice(0, 64),
    state: one.state,
    ...(one.reason === undefined ? {} : { reason: one.reason.slice(0, 1024) }),
    eventsSeen: count(one.eventsSeen),
    eventsLost: count(one.eventsLost),
    lostByCause: keyed(one.lostByCause, count),
    capabilities: keyed(one.capabilities, ({ works, reason }) =>
      reason === undefined ? { works } : { works, reason: reason.slice(0, 1024) },
    ),
    ...(one.sources === undefined ? {} : { sources: one.sources.slice(0, 256).map(sendableSource) }),
  }))
}

function sendableSource(source: NonNullable<SensorHealth['sources']>[number]) {
  const { kind, name, reason } = source
  return {
    ...source,
    kind: kind.slice(0, 32),
    name: name.slice(0, 4096),
    ...(reason === undefined ? {} : { reason: reason.slice(0, 1024) }),
  }
}
