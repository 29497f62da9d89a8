/** What the kernel sensors of one host share: the source, the process table, and the way from a record to an event. */
import type { Asset, Container, Process, User } from '@rampart/event'
import { schemaVersion } from '@rampart/event/schema-version'
import { containerDetails } from '../process/container-details.ts'
import { readProcess, readProcesses } from '../process/seed.ts'
import { ProcessTable } from '../process/table.ts'
import { describe, type TrackedProcess } from '../process/tracked.ts'
import { userNames } from '../process/users.ts'
import type { SensorContext, SensorPolicy } from '../sensor.ts'
import type { BootClock } from './clock.ts'
import { type Outbox, outbox } from './outbox.ts'
import { openSequence } from './sequence.ts'
import type { KernelSource } from './source.ts'
import type { RecordHead } from './wire.ts'

/** The part that all events have in common. */
export interface EventBase {
  schema: typeof schemaVersion
  id: string
  at: number
  receivedAt: number
  asset: Asset
  sensor: string
  user: User
  process: Process
  container?: Container
}

/** What all sensors of one host share, whatever they look through. */
export interface SensorHost {
  clock: BootClock
  table: ProcessTable
  outbox: Outbox
  policy: SensorPolicy
  /** Common part of an event of this process at the time of the record. */
  base(sensor: string, head: RecordHead, process: TrackedProcess): EventBase
  /** The same where nobody knows which process it was; `at` in ms since 1970. */
  anonymous(sensor: string, at: number): Omit<EventBase, 'user' | 'process'>
  /**
   * Read what tells of processes up to now. A sensor of something else calls them before it asks the table who did what it
   * has just read.
   */
  processSources: (() => void)[]
  /** Fills the process table from /proc. Call after whatever tells of new processes is attached. */
  seed(): void
}

export interface KernelHost extends SensorHost {
  source: KernelSource
  /** Leaves out what this process does, until it ends: its pid may then be another's. */
  leaveOut(pid: number): void
  ended(pid: number): void
  /** Children of the agent itself that only show that processes are seen: their start and end is no news. */
  unmentioned: Set<number>
  /** Called with each process that ended: whoever keeps process ids gives them up, since they will be others'. */
  endings: ((pid: number) => void)[]
}

export function kernelHost(source: KernelSource, context: SensorContext): KernelHost {
  const host = sensorHost(source.clock, context)
  const own = new Set<number>()
  const endings: KernelHost['endings'] = []
  return {
    ...host,
    source,
    endings,
    unmentioned: new Set(),
    leaveOut(pid) {
      own.add(pid)
      source.ignore(pid, readProcess(pid)?.startTicks)
    },
    ended(pid) {
      if (own.delete(pid)) source.ignore(pid, undefined)
      for (const forget of endings) forget(pid)
    },
  }
}

export function sensorHost(clock: BootClock, context: SensorContext): SensorHost {
  const { asset, bootId, policy } = context
  const names = userNames()
  const containers = containerDetails()
  const sequence = openSequence(context.stateDirectory, 'kernel', bootId)
  const idPrefix = `${asset.id}/${bootId}/`
  const table = new ProcessTable({
    bootId,
    wallMs: clock.wallMs,
    nameOf: names.nameOf,
    read: readProcess,
  })
  return {
    clock,
    table,
    policy,
    outbox: outbox(context.emit),
    processSources: [],
    anonymous: (sensor, at) => ({
      schema: schemaVersion,
      id: idPrefix + sequence.next(),
      at,
      receivedAt: Math.max(at, Date.now()),
      asset,
      sensor,
    }),
    seed: () => table.seed(readProcesses()),
    base(sensor, head, process) {
      const at = clock.wallMs(head.timeNs)
      const base: EventBase = {
        schema: schemaVersion,
        id: idPrefix + sequence.next(),
        at,
        // Date.now() has no fractions.
        receivedAt: Math.max(at, Date.now()),
        asset,
        sensor,
        user: table.userOf(head),
        process: describe(process),
      }
      if (process.image.container) base.container = containers.of(process.image.container)
      return base
    },
  }
}
