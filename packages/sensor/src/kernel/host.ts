/** What the kernel sensors of one host share: the source, the process table, and the way from a record to an event. */
import type { Asset, Container, Process, User } from '@rampart/event'
import { schemaVersion } from '@rampart/event/schema-version'
import { containerDetails } from '../process/container-details.ts'
import { readProcess, readProcesses } from '../process/seed.ts'
import { ProcessTable } from '../process/table.ts'
import { describe, type TrackedProcess } from '../process/tracked.ts'
import { userNames } from '../process/users.ts'
import type { SensorContext, SensorPolicy } from '../sensor.ts'
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

export interface KernelHost {
  source: KernelSource
  table: ProcessTable
  outbox: Outbox
  policy: SensorPolicy
  /** Common part of an event of this process at the time of the record. */
  base(sensor: string, head: RecordHead, process: TrackedProcess): EventBase
  /** Leaves out what this process does, until it ends: its pid may then be another's. */
  leaveOut(pid: number): void
  ended(pid: number): void
  /** Fills the process table from /proc. Call after the process programs are attached. */
  seed(): void
}

export function kernelHost(source: KernelSource, context: SensorContext): KernelHost {
  const { asset, bootId, policy } = context
  const names = userNames()
  const containers = containerDetails()
  const sequence = openSequence(context.stateDirectory, 'kernel', bootId)
  const idPrefix = `${asset.id}/${bootId}/`
  const table = new ProcessTable({
    bootId,
    wallMs: source.clock.wallMs,
    nameOf: names.nameOf,
    read: readProcess,
  })
  const own = new Set<number>()
  return {
    source,
    table,
    policy,
    outbox: outbox(context.emit),
    leaveOut(pid) {
      own.add(pid)
      source.ignore(pid, readProcess(pid)?.startTicks)
    },
    ended(pid) {
      if (own.delete(pid)) source.ignore(pid, undefined)
    },
    seed: () => table.seed(readProcesses()),
    base(sensor, head, process) {
      const at = source.clock.wallMs(head.timeNs)
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
