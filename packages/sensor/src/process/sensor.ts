/** Exec, fork and exit of every process in, `process.started` and `process.ended` out; keeps the process table. */
import { healthKeeper, refusal } from '../kernel/health.ts'
import type { KernelHost } from '../kernel/host.ts'
import { recordType } from '../kernel/wire.ts'
import type { Sensor } from '../sensor.ts'
import { decodeExec, decodeExit, decodeFork } from './decode.ts'
import { processEvents } from './events.ts'

const name = 'ebpf.process'

export function processSensor(host: KernelHost): Sensor {
  const { source, table } = host
  const health = healthKeeper(name, source, [recordType.exec, recordType.fork, recordType.exit], true)
  const events = processEvents(host, name)
  return {
    name,
    async start() {
      source.handle(recordType.exec, (bytes, at) => {
        const record = decodeExec(bytes, at)
        if (!host.unmentioned.has(record.head.pid)) events.started(record)
      })
      source.handle(recordType.fork, (bytes, at) => table.forked(decodeFork(bytes, at)))
      source.handle(recordType.exit, (bytes, at) => {
        const record = decodeExit(bytes, at)
        if (host.unmentioned.delete(record.head.pid)) table.ended(record.head)
        else events.ended(record)
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
