/** One record of Suricata's eve.json → `network.alerted`. Pure; never throws. */
import { type Decoded, endpointOf, type InstantBefore } from '../draft.ts'
import { looseInstant } from '../weblog/json.ts'

type Row = Record<string, unknown>
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)
const end = (host: unknown, port: unknown) =>
  typeof host === 'string' ? endpointOf(host, typeof port === 'number' ? port : undefined) : undefined

/** Whether a record looks like one of eve.json. */
export function isSuricata(row: Row): boolean {
  return typeof row.event_type === 'string' && typeof row.timestamp === 'string'
}

/** Decodes one record. Statistics of the sensor itself (`event_type: stats`) are no event. */
export function decodeSuricata(row: unknown, before: InstantBefore): Decoded {
  if (!isRow(row)) return { ok: false, code: 'decode.not-an-object' }
  if (!isSuricata(row)) return { ok: false, code: 'decode.not-suricata' }
  if (row.event_type === 'stats') return { ok: true, drafts: [] }
  const at = looseInstant(String(row.timestamp))
  const [source, destination] = [end(row.src_ip, row.src_port), end(row.dest_ip, row.dest_port)]
  return {
    ok: true,
    ...(at === undefined ? { undated: true } : {}),
    drafts: [
      {
        type: 'network.alerted',
        at: at ?? before(),
        ...(source === undefined ? {} : { source }),
        ...(destination === undefined ? {} : { destination }),
        fields: row,
      },
    ],
  }
}
