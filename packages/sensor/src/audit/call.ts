/** A group of audit records with a SYSCALL → the specific events it tells of. */
import type { Ancestor, Process } from '@rampart/event'
import { programOf } from '@rampart/event/program'
import { canonicalAddress, clip, type EventDraft } from '../draft.ts'
import { decodeSocketAddress } from './address.ts'
import { fileDrafts } from './files.ts'
import type { AuditGroup } from './join.ts'
import type { AuditRecord } from './record.ts'

/** What the decoder knows of the processes seen starting so far. */
export interface ProcessTable {
  get(pid: number): Ancestor | undefined
  /** A process and those above it as far as seen, nearest first, at most 32. */
  line(pid: number): Ancestor[]
  set(process: Ancestor, ppid: number | undefined): void
}

/** A table of at most `limit` processes; those longest unchanged are forgotten first. */
export function createProcessTable(limit = 8192): ProcessTable {
  const known = new Map<number, { process: Ancestor; ppid?: number }>()
  return {
    get: (pid) => known.get(pid)?.process,
    line(pid) {
      const found: Ancestor[] = []
      const seen = new Set<number>()
      for (let at: number | undefined = pid; at !== undefined && found.length < 32 && !seen.has(at); ) {
        seen.add(at)
        const entry = known.get(at)
        if (!entry) {
          // Its number is known even where its start was not seen.
          if (at > 0) found.push({ pid: at, entityId: `audit-${at}` })
          break
        }
        found.push(entry.process)
        at = entry.ppid
      }
      return found
    },
    set(process, ppid) {
      known.delete(process.pid)
      known.set(process.pid, { process, ppid })
      if (known.size > limit) known.delete(known.keys().next().value ?? 0)
    },
  }
}

const whole = (text: string | undefined) => (text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined)
/** Kernel and auditd write an id that is not set as -1. */
const idOf = (text: string | undefined) => {
  const id = whole(text)
  return id === undefined || id === 4_294_967_295 ? undefined : id
}

/** The arguments of EXECVE records, parts of long ones (`a1[0]`, `a1[1]`) joined. */
export function argumentsOf(records: readonly AuditRecord[]): { list: string[]; truncated: boolean } {
  const list: string[] = []
  let expected = 0
  for (const record of records) {
    if (record.type !== 'EXECVE') continue
    expected = Math.max(expected, whole(record.fields.get('argc')) ?? 0)
    for (const [key, value] of record.fields) {
      const found = /^a(\d{1,5})(?:\[\d+\])?$/.exec(key)
      const at = Number(found?.[1])
      if (!found || at >= 16_384) continue
      list[at] = key.endsWith(']') ? (list[at] ?? '') + value : value
    }
  }
  // Empty arguments are written as `a1=""` and dropped by the field reader, which leaves holes.
  const filled = Array.from({ length: Math.min(Math.max(list.length, expected), 16_384) }, (_, at) => list[at] ?? '')
  while (filled.length > list.length) filled.pop()
  return { list: filled, truncated: list.length < expected }
}

/** The process of a SYSCALL record, with its parent when it was seen starting. */
function processOf(call: AuditRecord, group: AuditGroup, table: ProcessTable): Process | undefined {
  const fields = call.fields
  const pid = whole(fields.get('pid'))
  if (pid === undefined) return undefined
  const known = table.get(pid)
  const started = fields.get('SYSCALL') === 'execve' || fields.get('SYSCALL') === 'execveat'
  const executable = fields.get('exe')
  const name = fields.get('comm')
  const process: Process = {
    pid,
    entityId: started || !known ? `audit-${pid}-${call.serial}` : known.entityId,
    ...(executable === undefined ? {} : { executable: clip(executable, 8192) }),
    ...(name === undefined ? {} : { name: clip(name, 256) }),
  }
  const argv = argumentsOf(group.records)
  if (argv.list.length > 0) {
    process.commandLine = clip(argv.list.join(' '), 65_536)
    process.arguments = argv.list.map((one) => clip(one, 65_536))
    if (argv.truncated) process.argumentsTruncated = true
  } else if (known?.commandLine !== undefined) process.commandLine = known.commandLine
  const cwd = group.records.find((record) => record.type === 'CWD')?.fields.get('cwd')
  if (cwd !== undefined) process.workingDirectory = clip(cwd, 8192)
  const terminal = fields.get('tty')
  if (terminal !== undefined && terminal !== '(none)')
    process.terminal = clip(terminal.replace(/^pts(?=\d)/, 'pts/'), 64)
  const program = started ? programOf(process) : undefined
  if (program !== undefined) process.program = program
  const ppid = whole(fields.get('ppid'))
  if (ppid === undefined || ppid === 0) return process
  const ancestors = table.line(ppid)
  return { ...process, parent: ancestors[0], ancestors }
}

function userOf(fields: Map<string, string>) {
  const [id, effectiveId] = [idOf(fields.get('uid')), idOf(fields.get('euid'))]
  // `ausearch -i` prints the name instead of the number.
  const uid = fields.get('uid')
  const name = fields.get('UID') ?? (uid !== undefined && /^[A-Za-z_]/.test(uid) ? uid : undefined)
  return {
    ...(id === undefined ? {} : { id }),
    ...(name === undefined || name === 'unset' ? {} : { name: clip(name, 256) }),
    ...(effectiveId === undefined || effectiveId === id ? {} : { effectiveId }),
  }
}

/** The events of one group. A call that failed gives none, apart from a connection that is under way. */
export function callDrafts(call: AuditRecord, group: AuditGroup, table: ProcessTable): EventDraft[] {
  const name = call.fields.get('SYSCALL') ?? ''
  const process = processOf(call, group, table)
  const user = userOf(call.fields)
  const base = {
    at: call.at,
    ...(Object.keys(user).length === 0 ? {} : { user }),
    ...(process === undefined ? {} : { process }),
  }
  const succeeded = call.fields.get('success') === 'yes'
  const underWay = ['-115', 'EINPROGRESS', 'EINPROGRESS(Operation now in progress)'].includes(
    call.fields.get('exit') ?? '',
  )
  if (name === 'connect') return succeeded || underWay ? socketDraft(true, base, group) : []
  if (!succeeded) return []
  if (name === 'accept' || name === 'accept4') return socketDraft(false, base, group)
  if (name === 'execve' || name === 'execveat') {
    if (!process) return []
    const { pid, entityId, executable, name: comm, commandLine } = process
    table.set({ pid, entityId, executable, name: comm, commandLine, user: base.user }, process.parent?.pid)
    return [{ type: 'process.started', ...base, process }]
  }
  if (name === 'init_module' || name === 'finit_module' || name === 'delete_module') {
    const module = group.records.find((record) => record.type === 'KERN_MODULE')?.fields.get('name')
    if (module === undefined) return []
    const operation = name === 'delete_module' ? 'unload' : 'load'
    return [{ type: 'module.loaded', ...base, module: { name: clip(module, 128) }, operation }]
  }
  return fileDrafts(name, call, group, base)
}

type Base = Pick<EventDraft, 'at' | 'user' | 'process'>

function socketDraft(outgoing: boolean, base: Base, group: AuditGroup): EventDraft[] {
  const record = group.records.find((one) => one.type === 'SOCKADDR')
  const raw = record?.fields.get('saddr')
  const parts = raw === undefined ? undefined : decodeSocketAddress(raw)
  // `ausearch -i` prints the address instead of the hex.
  const address = canonicalAddress(record?.fields.get('laddr') ?? '')
  const peer =
    parts && 'address' in parts
      ? { address: parts.address, port: parts.port }
      : address === undefined
        ? undefined
        : { address, port: Math.min(whole(record?.fields.get('lport')) ?? 0, 65_535) }
  if (!peer) return []
  // The kind of socket is not in the record.
  const transport = 'other' as const
  return outgoing
    ? [{ type: 'network.connected', ...base, source: {}, destination: peer, transport }]
    : [{ type: 'network.accepted', ...base, source: peer, destination: {}, transport }]
}
