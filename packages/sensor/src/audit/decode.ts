/**
 * Lines of the Linux audit log → `audit.recorded` for every serial number, its lines joined, and beside it the specific
 * event (process, file, network, logon, account …) where the meaning is clear.
 */
import { clip, type EventDraft } from '../draft.ts'
import { decodeSocketAddress } from './address.ts'
import { callDrafts, createProcessTable, type ProcessTable } from './call.ts'
import { type AuditGroup, createAuditJoiner } from './join.ts'
import { type FailedLogons, programDraft } from './program.ts'
import { parseAuditLine } from './record.ts'
import { syscallName } from './syscalls.ts'

export interface AuditSink {
  /** The events of one serial number; `record` is the first of its `lines` lines. */
  event(drafts: EventDraft[], record: number, lines: number, host?: string): void
  unparsed(record: number, code: `decode.${string}`): void
}

export interface AuditDecoder {
  line(text: string, record: number): void
  /** Hands out what still waits for further lines. */
  end(): void
}

/** A decoder for one stream of lines. Bounded state; never throws. */
export function createAuditDecoder(sink: AuditSink): AuditDecoder {
  const tables = new Map<string, ProcessTable>()
  const failed: FailedLogons = new Set()

  const tableOf = (node: string) => {
    const table = tables.get(node) ?? createProcessTable()
    if (tables.size < 64) tables.set(node, table)
    return table
  }
  const joiner = createAuditJoiner((group) => {
    const node = group.records[0]?.node
    const call = group.records.find((record) => record.type === 'SYSCALL')
    if (call && !call.fields.has('SYSCALL')) {
      const number = call.fields.get('syscall')
      const name = /^[a-z]/.test(number ?? '') ? number : syscallName(call.fields.get('arch'), number)
      if (name !== undefined) call.fields.set('SYSCALL', name)
    }
    const drafts: EventDraft[] = [recordedDraft(group)]
    if (call) drafts.push(...callDrafts(call, group, tableOf(node ?? '')))
    else
      for (const record of group.records)
        drafts.push(...[programDraft(record, failed)].filter((draft) => draft !== undefined))
    sink.event(drafts, group.first, group.lines.length, node)
  })
  return {
    line(text, number) {
      const record = parseAuditLine(text)
      if (!record) return sink.unparsed(number, 'decode.not-audit')
      joiner.add(record, text, number)
    },
    end: () => joiner.end(),
  }
}

/**
 * One event for all lines of a serial. A name with several values (`type`, `name` of each PATH, `a0` of SYSCALL and of
 * EXECVE) holds the list of them, in the order of the lines, so that a rule written for one line still matches.
 */
function recordedDraft(group: AuditGroup): EventDraft {
  const fields: Record<string, string | string[]> = Object.create(null)
  const add = (key: string, value: string) => {
    const known = fields[key]
    if (known === undefined) fields[key] = value
    else if (typeof known === 'string') {
      if (known !== value) fields[key] = [known, value]
    } else if (known.length < 4096 && !known.includes(value)) known.push(value)
  }
  for (const record of group.records) {
    if (record.type === 'EOE') continue
    add('type', record.type)
    for (const [key, value] of record.fields) {
      if (key === 'key') for (const one of value.split('\x01')) add(key, one)
      else if (key !== '__proto__') add(key, value)
      if (key === 'saddr' && record.type === 'SOCKADDR') addAddress(value, add)
    }
  }
  const call = group.records.find((record) => record.type === 'SYSCALL') ?? group.records[0]
  fields.serial = call?.serial ?? ''
  return {
    type: 'audit.recorded',
    at: call?.at ?? 0,
    fields: { ...fields },
    message: clip(group.lines.join('\n'), 1_048_576),
  }
}

function addAddress(value: string, add: (key: string, value: string) => void) {
  const parts = decodeSocketAddress(value)
  if (!parts) return
  add('saddr_fam', parts.family)
  if ('address' in parts) {
    add('laddr', parts.address)
    add('lport', String(parts.port))
  }
  if ('path' in parts) add('path', parts.path)
}
