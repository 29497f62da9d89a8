/** DNS questions on their way out and the answers to them in, `dns.asked` out: one event for each of the two. */
import type { DnsAsked } from '@rampart/event'
import { healthKeeper, refusal } from '../kernel/health.ts'
import type { KernelHost } from '../kernel/host.ts'
import { decodeHead, layout, type RecordHead, recordFlag, recordType } from '../kernel/wire.ts'
import type { TrackedProcess } from '../process/tracked.ts'
import type { Sensor } from '../sensor.ts'
import { addressText } from './decode.ts'
import { type DnsQuestion, parseDnsAnswer, parseDnsQuestion } from './dns.ts'
import { dnsStreams } from './dns-stream.ts'

const name = 'ebpf.dns'
const dns = layout.dns_record
/** The same question of the same process within this time is one event: resolvers ask each server, and ask again. */
const repeatMs = 1000
const rememberedLimit = 1024

interface Pending {
  head: RecordHead
  process: TrackedProcess
  question: Pick<DnsQuestion, 'name' | 'type'>
}

export function dnsSensor(host: KernelHost): Sensor {
  const { source, table, outbox } = host
  const health = healthKeeper(name, source, [recordType.dns])
  const asked = new Map<string, number>()
  const answered = new Map<string, number>()
  /** Questions without an answer, by the asker's port and the message's id. */
  const pending = new Map<number, Pending>()
  const streams = dnsStreams()

  /** True when this was told a moment ago. */
  const isRepeat = (told: Map<string, number>, key: string, atMs: number): boolean => {
    const before = told.get(key)
    told.delete(key)
    told.set(key, atMs)
    if (told.size > rememberedLimit) told.delete(told.keys().next().value ?? '')
    return before !== undefined && atMs - before < repeatMs
  }

  const onQuestion = (bytes: Buffer, at: number, message: Buffer, key: number) => {
    const question = parseDnsQuestion(message)
    if (!question || question.response) return
    const head = decodeHead(bytes, at)
    const process = table.of(head)
    const { name: asks, type } = question
    pending.delete(key)
    pending.set(key, { head, process, question: { name: asks, type } })
    if (pending.size > rememberedLimit) pending.delete(pending.keys().next().value ?? -1)
    if (isRepeat(asked, `${head.pid} ${type} ${asks}`, head.timeNs / 1e6)) return
    outbox.push({
      ...host.base(name, head, process),
      type: 'dns.asked',
      question: { name: asks, type },
      destination: serverOf(bytes, at),
    })
  }

  const onAnswer = (bytes: Buffer, at: number, message: Buffer, key: number) => {
    const question = pending.get(key)
    const answer = parseDnsAnswer(message)
    if (!question || !answer) return
    // Whoever guesses port and id would have to answer the very question as well.
    const about = parseDnsQuestion(message)
    if (about && (about.name !== question.question.name || about.type !== question.question.type)) return
    pending.delete(key)
    const { head, process } = question
    const told = `${head.pid} ${question.question.type} ${question.question.name} ${answer.answers.join(' ')}`
    const { timeNs } = decodeHead(bytes, at)
    if (isRepeat(answered, told, timeNs / 1e6)) return
    const event: DnsAsked = {
      ...host.base(name, { ...head, timeNs }, process),
      type: 'dns.asked',
      question: question.question,
      responseCode: answer.responseCode,
      destination: serverOf(bytes, at),
    }
    if (answer.answers.length > 0) event.answers = answer.answers
    outbox.push(event)
  }

  const messagesOf = (bytes: Buffer, at: number, part: Buffer, isAnswer: boolean): Buffer[] => {
    const { pid, timeNs } = decodeHead(bytes, at)
    const { address } = serverOf(bytes, at)
    const key = `${pid} ${bytes.readUInt16LE(at + dns.client_port)} ${address} ${isAnswer}`
    return streams.take(key, part, bytes.readUInt32LE(at + dns.total), timeNs / 1e6)
  }

  return {
    name,
    async start() {
      source.handle(recordType.dns, (bytes, at) => {
        const messageAt = at + dns.size
        const found = bytes.subarray(messageAt, messageAt + bytes.readUInt16LE(at + dns.length))
        const flags = bytes.readUInt16LE(at + layout.record.flags)
        const isAnswer = (flags & recordFlag.answer) !== 0
        for (const message of (flags & recordFlag.stream) === 0 ? [found] : messagesOf(bytes, at, found, isAnswer)) {
          if (message.length < 2) continue
          const key = bytes.readUInt16LE(at + dns.client_port) * 65_536 + message.readUInt16BE(0)
          if (isAnswer) onAnswer(bytes, at, message, key)
          else onQuestion(bytes, at, message, key)
        }
      })
      const { object, error } = source.load('dns')
      const refused = object ? object.attach('dns_question') : (error ?? 'EINVAL')
      health.capability('dns.asked', refused === undefined, refusal(refused))
      const noAnswers = object ? object.attach('dns_answer') : (error ?? 'EINVAL')
      health.capability('dns.asked (answers)', noAnswers === undefined, refusal(noAnswers))
    },
    async stop() {},
    health: health.read,
  }
}

function serverOf(bytes: Buffer, at: number): { address: string; port: number } {
  return {
    address: addressText(bytes, at + dns.destination, bytes.readUInt16LE(at + dns.family)),
    port: bytes.readUInt16LE(at + dns.port),
  }
}
