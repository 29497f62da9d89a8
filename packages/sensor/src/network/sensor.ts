/** Sockets of every process in, `network.connected`, `network.accepted` and `network.listening` out. */
import { healthKeeper, refusal } from '../kernel/health.ts'
import type { KernelHost } from '../kernel/host.ts'
import { recordType } from '../kernel/wire.ts'
import type { Sensor } from '../sensor.ts'
import { decodeNetwork } from './decode.ts'

const name = 'ebpf.network'
/** Besides those that are watched for datagrams: where DNS over TCP is read. */
const streamCalls = ['read', 'readv', 'recvfrom', 'recvmsg', 'write', 'writev'] as const

export function networkSensor(host: KernelHost): Sensor {
  const { source, table, outbox } = host
  const health = healthKeeper(name, source, [recordType.network])

  const handle = (bytes: Buffer, at: number) => {
    const record = decodeNetwork(bytes, at)
    if (!record) return
    const { transport, destination } = record
    const base = host.base(name, record.head, table.of(record.head))
    if (record.operation === 'listening') {
      outbox.push({ ...base, type: 'network.listening', destination, transport })
      return
    }
    // The kernel chooses the source port of an outgoing TCP connection after this record was made.
    const from = record.source.port === 0 ? withoutPort(record.source.address) : { ...record.source }
    outbox.push({
      ...base,
      type: record.operation === 'connected' ? 'network.connected' : 'network.accepted',
      source: from,
      destination,
      transport,
    })
  }

  return {
    name,
    async start() {
      source.handle(recordType.network, handle)
      const { object, error } = source.load('network')
      const states = object ? object.attach('socket_state') : error
      health.capability('network.connected', object !== undefined && states === undefined, refusal(states))
      health.capability('network.listening', object !== undefined && states === undefined, refusal(states))
      const accepts = object !== undefined && source.onSyscall(object, 'exit_accept', ['accept', 'accept4'])
      health.capability('network.accepted', accepts, refusal(object?.refused.get('exit_accept') ?? error))
      if (!object) return
      source.onSyscall(object, 'exit_connect', ['connect'])
      source.onSyscall(object, 'exit_sendto', ['sendto'])
      source.onSyscall(object, 'exit_sendmsg', ['sendmsg', 'sendmmsg'])
      const streams = streamCalls.filter((call) => !source.onSyscall(object, `exit_${call}`, [call]))
      const [missing] = streams.map((call) => object.refused.get(`exit_${call}`))
      health.capability('dns.asked (TCP)', streams.length === 0, refusal(missing))
    },
    async stop() {},
    health: health.read,
  }
}

/** An unbound address says nothing. */
function withoutPort(address: string): { address?: string } {
  return address === '0.0.0.0' || address === '::' ? {} : { address }
}
