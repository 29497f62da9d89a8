/** DNS questions on their way out in, `dns.asked` out. */
import { healthKeeper, refusal } from '../kernel/health.ts'
import type { KernelHost } from '../kernel/host.ts'
import { decodeHead, layout, recordType } from '../kernel/wire.ts'
import type { Sensor } from '../sensor.ts'
import { addressText } from './decode.ts'
import { parseDnsQuestion } from './dns.ts'

const name = 'ebpf.dns'
const dns = layout.dns_record
/** The same question of the same process within this time is one event: resolvers ask each server, and ask again. */
const repeatMs = 1000
const rememberedLimit = 1024

export function dnsSensor(host: KernelHost): Sensor {
  const { source, table, outbox } = host
  const health = healthKeeper(name, source, [recordType.dns])
  const asked = new Map<string, number>()

  return {
    name,
    async start() {
      source.handle(recordType.dns, (bytes, at) => {
        const messageAt = at + dns.size
        const question = parseDnsQuestion(bytes.subarray(messageAt, messageAt + bytes.readUInt16LE(at + dns.length)))
        if (!question || question.response) return
        const head = decodeHead(bytes, at)
        const key = `${head.pid} ${question.type} ${question.name}`
        const atMs = head.timeNs / 1e6
        const before = asked.get(key)
        asked.delete(key)
        asked.set(key, atMs)
        if (asked.size > rememberedLimit) asked.delete(asked.keys().next().value ?? '')
        if (before !== undefined && atMs - before < repeatMs) return
        outbox.push({
          ...host.base(name, head, table.of(head)),
          type: 'dns.asked',
          question: { name: question.name, type: question.type },
          destination: {
            address: addressText(bytes, at + dns.destination, bytes.readUInt16LE(at + dns.family)),
            port: bytes.readUInt16LE(at + dns.port),
          },
        })
      })
      const { object, error } = source.load('dns')
      const refused = object ? object.attach('dns_question') : (error ?? 'EINVAL')
      health.capability('dns.asked', refused === undefined, refusal(refused))
    },
    async stop() {},
    health: health.read,
  }
}
