/** Exec, fork and exit of every process in, `process.started` and `process.ended` out; keeps the process table. */
import type { ProcessEnded, ProcessStarted } from '@rampart/event'
import { programOf } from '@rampart/event/program'
import { healthKeeper, refusal } from '../kernel/health.ts'
import type { KernelHost } from '../kernel/host.ts'
import { recordType } from '../kernel/wire.ts'
import type { Sensor } from '../sensor.ts'
import { containerOf } from './container.ts'
import { decodeExec, decodeExit, decodeFork, type ExecRecord } from './decode.ts'
import { executableHashes } from './hash.ts'

const name = 'ebpf.process'

export function processSensor(host: KernelHost): Sensor {
  const { source, table, outbox, policy } = host
  const health = healthKeeper(name, source, [recordType.exec, recordType.fork, recordType.exit], true)
  const hashes = executableHashes(policy.hashLimitBytes)

  const started = (record: ExecRecord) => {
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
    if (digest !== undefined || policy.hashWaitMs <= 0) {
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
  }

  return {
    name,
    async start() {
      source.handle(recordType.exec, (bytes, at) => started(decodeExec(bytes, at)))
      source.handle(recordType.fork, (bytes, at) => table.forked(decodeFork(bytes, at)))
      source.handle(recordType.exit, (bytes, at) => {
        const record = decodeExit(bytes, at)
        const event: ProcessEnded = {
          ...host.base(name, record.head, table.ended(record.head)),
          type: 'process.ended',
        }
        if (record.exitCode !== undefined) event.exitCode = record.exitCode
        if (record.signal !== undefined) event.signal = record.signal
        outbox.push(event)
        host.ended(record.head.pid)
      })
      const { object, error } = source.load('process')
      const attach = (program: string) => (object ? object.attach(program) : error)
      const exec = attach('process_exec')
      const fork = attach('process_fork')
      const exit = attach('process_exit')
      health.capability('process.started', exec === undefined && object !== undefined, refusal(exec))
      health.capability('process.ended', exit === undefined && object !== undefined, refusal(exit))
      if (fork !== undefined)
        health.capability('process.ancestors', false, `${refusal(fork)} Ancestors are known as far as exec shows them.`)
      host.seed()
    },
    async stop() {},
    health: health.read,
  }
}
