/** Payload of an agent's batch → events of that agent's asset, and what was refused with its reason. */
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { maxBatchBytes, maxBatchEvents } from '@rampart/api'
import { type Asset, type Event, parseEvent } from '@rampart/event'
import { Unpackr } from 'msgpackr'
import { checkMsgpack, type MsgpackIssue } from './check-msgpack.ts'
import { maySpeakFor } from './introduced-assets.ts'

/** Events after this instant (end of the year 9999) are refused. */
const lastInstant = Date.UTC(10_000, 0, 1)

const decompress = promisify(zstdDecompress)
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' })

export type RefusalCode =
  | MsgpackIssue
  | 'batch.not-zstd'
  | 'batch.not-a-list'
  | 'batch.too-many-events'
  | 'event.not-an-object'
  | 'event.unknown-type'
  | 'event.invalid-field'
  | 'event.foreign-asset'
  | 'event.foreign-id'
  | 'event.too-many-hosts'
  | 'event.impossible-time'

/** Something in a batch that is no event; it is counted and kept aside, the rest of the batch goes on. */
export interface Refusal {
  code: RefusalCode
  message: string
  /** The value refused, or the payload when none of it could be read. */
  value: unknown
}

export interface DecodedBatch {
  events: Event[]
  /** Size of the payload when unpacked. */
  bytes: number
  refused: Refusal[]
}

/** Unpacks a msgpack message of any kind; null when it is not plain, bounded msgpack. */
export function unpackMessage(bytes: Uint8Array): unknown {
  return checkMsgpack(bytes) === null ? unpackr.unpack(bytes) : null
}

/**
 * Never throws. `assetId` is the one of the sender's certificate: only its own events and those of hosts below its id
 * (`<asset id>~<digest>`, which it received from elsewhere) are taken. `admit` says whether a host below it may be there.
 */
export async function decodeBatch(
  payload: Uint8Array,
  assetId: string,
  admit: (asset: Asset) => boolean = () => true,
): Promise<DecodedBatch> {
  const whole = (code: RefusalCode, message: string): DecodedBatch => ({
    events: [],
    bytes: payload.length,
    refused: [{ code, message, value: payload }],
  })
  let bytes: Buffer
  try {
    bytes = await decompress(payload, { maxOutputLength: maxBatchBytes })
  } catch (error) {
    return whole('batch.not-zstd', `the payload cannot be unpacked: ${error instanceof Error ? error.message : error}`)
  }
  const issue = checkMsgpack(bytes)
  if (issue) return whole(issue, 'the payload is not plain msgpack')
  const values: unknown = unpackr.unpack(bytes)
  if (!Array.isArray(values)) return whole('batch.not-a-list', 'the payload is no list of events')
  if (values.length > maxBatchEvents)
    return whole('batch.too-many-events', `${values.length} events in one batch; the limit is ${maxBatchEvents}`)
  const decoded: DecodedBatch = { events: [], bytes: bytes.length, refused: [] }
  for (const value of values) {
    const parsed = parseEvent(value)
    if (!parsed.ok)
      decoded.refused.push({ code: parsed.issue.code, message: `${parsed.issue.path}: ${parsed.issue.message}`, value })
    else if (!maySpeakFor(assetId, parsed.event.asset.id))
      decoded.refused.push({
        code: 'event.foreign-asset',
        message: 'the event names another asset than its sender',
        value,
      })
    else if (!parsed.event.id.startsWith(`${parsed.event.asset.id}/`))
      decoded.refused.push({
        code: 'event.foreign-id',
        message: "the event id does not begin with the event's asset id",
        value,
      })
    else if (parsed.event.at >= lastInstant)
      decoded.refused.push({ code: 'event.impossible-time', message: 'no calendar has the time of the event', value })
    else if (!admit(parsed.event.asset))
      decoded.refused.push({
        code: 'event.too-many-hosts',
        message: 'the agent tells of more other hosts than are taken in',
        value,
      })
    else decoded.events.push(parsed.event)
  }
  return decoded
}
