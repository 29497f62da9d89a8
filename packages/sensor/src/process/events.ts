/** Starts and ends of processes in, from wherever they were read; `process.started` and `process.ended` out. */
import type { ProcessEnded, ProcessStarted } from '@rampart/event'
import { programOf } from '@rampart/event/program'
import type { SensorHost } from '../kernel/host.ts'
import { containerOf } from './container.ts'
import type { ExecRecord, ExitRecord } from './decode.ts'
import { executableHashes } from './hash.ts'

export interface ProcessEvents {
  started(record: ExecRecord): void
  ended(record: ExitRecord): void
}

/** `name`: the sensor that tells of them. */
export function processEvents(host: SensorHost, name: string): ProcessEvents {
  const { table, outbox, policy } = host
  const hashes = executableHashes(policy.hashLimitBytes)
  return {
    started(record) {
      const process = table.executed(record)
      const container = containerOf(record.cgroup)
      if (container) process.image.container = container
      const digest = policy.hashWaitMs > 0 ? hashes.known(record.key) : undefined
      if (digest !== undefined) process.image.hash = { sha256: digest }
      const base = host.base(name, record.head, process)
      const event: ProcessStarted = {
        ...base,
        type: 'process.started',
        process: { ...base.process, workingDirectory: record.workingDirectory },
      }
      const program = programOf(event.process)
      if (program !== undefined) event.process.program = program
      if (digest !== undefined || policy.hashWaitMs <= 0 || record.key.inode === 0) {
        outbox.push(event)
        return
      }
      const { image } = process
      const hashed = hashes.compute(record.key, record.head.pid, record.executable).then((sha256) => {
        if (sha256 === undefined) return
        image.hash = { sha256 }
        event.process.hash = image.hash
      })
      outbox.hold(event, hashed, policy.hashWaitMs)
    },
    ended(record) {
      // When the last two threads end at once, both tell of the end.
      if (table.peek(record.head).endedNs !== undefined) return
      const event: ProcessEnded = {
        ...host.base(name, record.head, table.ended(record.head)),
        type: 'process.ended',
      }
      if (record.exitCode !== undefined) event.exitCode = record.exitCode
      if (record.signal !== undefined) event.signal = record.signal
      outbox.push(event)
    },
  }
}
