/** One Windows event log record as JSON (evtx tools, Winlogbeat, NXLog and alike) → `windows.recorded`. Pure; never throws. */
import type { Decoded } from '../draft.ts'

type Row = Record<string, unknown>
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a record looks like a Windows event. */
export function isWindowsRecord(row: Row): boolean {
  if (isRow(row.Event) && isRow(row.Event.System)) return true
  if (isRow(row.winlog)) return true
  return (row.EventID !== undefined || row.EventId !== undefined) && ('Channel' in row || 'Provider_Name' in row)
}

export function decodeWindowsRecord(_row: unknown): Decoded {
  return { ok: false, code: 'decode.not-windows' }
}
