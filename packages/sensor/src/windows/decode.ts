/**
 * One Windows event log record → `windows.recorded`: from EVTX, from the nested JSON of EVTX tools, from Winlogbeat, or
 * flat as NXLog and others send it. Pure; never throws.
 */
import type { Asset } from '@rampart/event'
import { clip, type Decoded, type InstantBefore } from '../draft.ts'
import { addField } from './evtx/fields.ts'
import { flattenEvent } from './flatten.ts'
import { ownInstant, shippedInstant } from './times.ts'

type Row = Record<string, unknown>
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)
const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

/** Whether a record looks like a Windows event. */
export function isWindowsRecord(row: Row): boolean {
  if (isRow(row.Event) && isRow(row.Event.System)) return true
  if (isRow(row.System) && ('EventData' in row || 'EventID' in row.System)) return true
  if (isRow(row.winlog)) return true
  return (
    (row.EventID !== undefined || row.EventId !== undefined) &&
    ['Channel', 'Provider_Name', 'ProviderName', 'SourceName', 'EventData'].some((name) => name in row)
  )
}

/**
 * The draft of flat fields, with the asset named by `Computer`. Needs an event id. `written` is the time that stands
 * beside the fields; `before` is asked for another when none can be read.
 */
export function windowsDraft(fields: Row, before: InstantBefore, written?: number): Decoded {
  const id = Number(Array.isArray(fields.EventID) ? fields.EventID[0] : fields.EventID)
  if (!Number.isSafeInteger(id) || fields.EventID === '') return { ok: false, code: 'decode.no-event-id' }
  const at = ownInstant(fields) ?? written
  const computer = textOf(fields.Computer)
  const asset: Asset | undefined =
    computer === undefined ? undefined : { id: clip(computer, 128), name: clip(computer, 256), kind: 'host' }
  return {
    ok: true,
    ...(asset === undefined ? {} : { asset }),
    ...(at === undefined ? { undated: true } : {}),
    drafts: [
      {
        type: 'windows.recorded',
        at: at ?? before(),
        channel: clip(textOf(fields.Channel) ?? '', 256),
        provider: clip(textOf(fields.Provider_Name) ?? '', 256),
        eventId: id,
        fields: fields.EventID === id ? fields : { ...fields, EventID: id },
      },
    ],
  }
}

/** Decodes one JSON record of any of the known forms. */
export function decodeWindowsRecord(row: unknown, before: InstantBefore): Decoded {
  if (!isRow(row)) return { ok: false, code: 'decode.not-an-object' }
  return windowsDraft(windowsFields(row), before, shippedInstant(row))
}

/** The flat fields of one JSON record. */
export function windowsFields(row: Row): Row {
  if (isRow(row.Event) && isRow(row.Event.System)) return flattenEvent(row.Event)
  if (isRow(row.System)) return flattenEvent(row)
  if (isRow(row.winlog)) return winlogFields(row.winlog)
  const fields: Row = {}
  for (const [name, value] of Object.entries(row)) addField(fields, flatNames[name] ?? name, value)
  if (isRow(row.EventData)) for (const [name, value] of Object.entries(row.EventData)) addField(fields, name, value)
  return fields
}

/** Names that flat records use for what Windows calls otherwise. */
const flatNames: Readonly<Record<string, string>> = {
  EventId: 'EventID',
  Hostname: 'Computer',
  ProviderName: 'Provider_Name',
  SourceName: 'Provider_Name',
  ProviderGuid: 'Provider_Guid',
  RecordNumber: 'EventRecordID',
}

const winlogNames: Readonly<Record<string, string>> = {
  channel: 'Channel',
  computer_name: 'Computer',
  event_id: 'EventID',
  provider_name: 'Provider_Name',
  provider_guid: 'Provider_Guid',
  record_id: 'EventRecordID',
  version: 'Version',
  task: 'Task',
  opcode: 'Opcode',
}

function winlogFields(winlog: Row): Row {
  const fields: Row = {}
  for (const [name, value] of Object.entries(winlog)) {
    const known = winlogNames[name]
    if (known !== undefined) addField(fields, known, known === 'EventID' && isNumeric(value) ? Number(value) : value)
  }
  if (isRow(winlog.process) && typeof winlog.process.pid === 'number')
    addField(fields, 'Execution_ProcessID', winlog.process.pid)
  if (isRow(winlog.user)) addField(fields, 'Security_UserID', winlog.user.identifier)
  for (const section of [winlog.event_data, winlog.user_data])
    if (isRow(section)) for (const [name, value] of Object.entries(section)) addField(fields, name, value)
  return fields
}

const isNumeric = (value: unknown) => typeof value === 'string' && /^\d{1,9}$/.test(value)
