/**
 * Use of privileged interfaces in; `privilege.used`, `process.accessed`, `memory-file.created` and `module.loaded` out.
 */
import type { PrivilegeUsed } from '@rampart/event'
import { healthKeeper, refusal } from '../kernel/health.ts'
import type { KernelHost } from '../kernel/host.ts'
import type { Syscall } from '../kernel/syscalls.ts'
import { recordFlag, recordType } from '../kernel/wire.ts'
import type { ProcessImage } from '../process/tracked.ts'
import type { Sensor } from '../sensor.ts'
import { capabilityName } from './capability.ts'
import { decodeAccess, decodeMemoryFile, decodeModule, decodePrivilege, type PrivilegeRecord } from './decode.ts'

const name = 'ebpf.privilege'

const calls: readonly [program: string, calls: readonly Syscall[], type: string][] = [
  ['exit_setuid', ['setuid', 'setreuid', 'setresuid'], 'privilege.used'],
  ['exit_setgid', ['setgid', 'setregid', 'setresgid'], 'privilege.used'],
  ['exit_setfsuid', ['setfsuid'], 'privilege.used'],
  ['exit_setfsgid', ['setfsgid'], 'privilege.used'],
  ['exit_prctl', ['prctl'], 'privilege.used'],
  ['exit_capset', ['capset'], 'privilege.used'],
  ['exit_mount', ['mount'], 'privilege.used'],
  ['exit_move_mount', ['move_mount'], 'privilege.used'],
  ['exit_umount', ['umount2'], 'privilege.used'],
  ['exit_pivot_root', ['pivot_root'], 'privilege.used'],
  ['exit_chroot', ['chroot'], 'privilege.used'],
  ['exit_unshare', ['unshare'], 'privilege.used'],
  ['exit_clone', ['clone'], 'privilege.used'],
  ['exit_clone3', ['clone3'], 'privilege.used'],
  ['exit_init_module', ['init_module'], 'privilege.used'],
  ['exit_finit_module', ['finit_module'], 'privilege.used'],
  ['exit_delete_module', ['delete_module'], 'privilege.used'],
  ['exit_kexec_load', ['kexec_load'], 'privilege.used'],
  ['exit_kexec_file_load', ['kexec_file_load'], 'privilege.used'],
  ['exit_swapoff', ['swapoff'], 'privilege.used'],
  ['exit_reboot', ['reboot'], 'privilege.used'],
  ['exit_setns', ['setns'], 'privilege.used'],
  ['exit_bpf', ['bpf'], 'privilege.used'],
  ['exit_io_uring_setup', ['io_uring_setup'], 'privilege.used'],
  ['exit_perf_event_open', ['perf_event_open'], 'privilege.used'],
  ['exit_socket', ['socket'], 'privilege.used'],
  ['exit_kill', ['kill'], 'privilege.used'],
  ['exit_queue', ['tkill', 'rt_sigqueueinfo'], 'privilege.used'],
  ['exit_tgkill', ['tgkill', 'rt_tgsigqueueinfo'], 'privilege.used'],
  ['exit_pidfd_send_signal', ['pidfd_send_signal'], 'privilege.used'],
  ['exit_memfd_create', ['memfd_create'], 'memory-file.created'],
  ['exit_ptrace', ['ptrace'], 'process.accessed'],
  ['exit_process_vm_readv', ['process_vm_readv'], 'process.accessed'],
  ['exit_process_vm_writev', ['process_vm_writev'], 'process.accessed'],
  ['exit_pidfd_getfd', ['pidfd_getfd'], 'process.accessed'],
]

/** What programs do over and over: reported once for each program run and target. */
const repeatable: ReadonlySet<string> = new Set([
  'io-uring',
  'perf',
  'bpf',
  'setns',
  'unshare',
  'clone',
  'chroot',
  'setfsuid',
  'setfsgid',
  'ambient',
  'raw-socket',
  'packet-socket',
])
const usesLimit = 64

/** Commands of bpf(2) that are reported, by number. */
const bpfCommands: Record<number, string> = {
  5: 'program-load',
  8: 'program-attach',
  9: 'program-detach',
  13: 'program-get-by-id',
  14: 'map-get-by-id',
  17: 'raw-tracepoint-open',
  28: 'link-create',
  29: 'link-update',
  30: 'link-get-by-id',
  34: 'link-detach',
}

const namespaceNames: readonly [flag: number, name: string][] = [
  [0x0002_0000, 'mount'],
  [0x0200_0000, 'cgroup'],
  [0x0400_0000, 'uts'],
  [0x0800_0000, 'ipc'],
  [0x1000_0000, 'user'],
  [0x2000_0000, 'pid'],
  [0x4000_0000, 'network'],
  [0x80, 'time'],
]

export interface PrivilegeSensor extends Sensor {
  /** Deadly signals to this process are reported from now on. */
  protect(pid: number): void
}

export function privilegeSensor(host: KernelHost): PrivilegeSensor {
  const { source, table, outbox } = host
  const health = healthKeeper(name, source, [
    recordType.privilege,
    recordType.memoryFile,
    recordType.access,
    recordType.module,
  ])
  let protectedMap = -1
  const protectedPids = new Set<number>()
  host.endings.push((pid) => {
    if (protectedPids.delete(pid)) source.remove(protectedMap, new Uint8Array(Uint32Array.of(pid).buffer))
  })
  /** Uses reported already, by program run. */
  const seen = new WeakMap<ProcessImage, Set<string>>()

  const isRepeat = (image: ProcessImage, use: string): boolean => {
    const uses = seen.get(image) ?? new Set()
    if (uses.has(use)) return true
    if (uses.size < usesLimit) seen.set(image, uses.add(use))
    return false
  }

  const accountOf = (id: number): NonNullable<PrivilegeUsed['targetUser']> => {
    const { name } = table.user(id, id, 0)
    return name === undefined ? { id } : { id, name }
  }

  const privilegeUsed = (record: PrivilegeRecord) => {
    const { head } = record
    const before = table.peek(head)
    if (record.operation === 'setuid' && before.uid === head.uid && before.euid === head.euid) return
    if (record.operation === 'setgid' && before.gid === head.gid) return
    const user = table.user(before.uid, before.euid, before.gid)
    const event: PrivilegeUsed = {
      ...host.base(name, head, table.of(head)),
      type: 'privilege.used',
      operation: record.operation,
      outcome: record.result < 0 ? 'failure' : 'success',
    }
    describeUse(record, event)
    const use = `${event.operation} ${event.target ?? ''} ${event.outcome}`
    if (repeatable.has(event.operation) && isRepeat(before.image, use)) return
    if (record.operation === 'setfsuid') event.targetUser = accountOf(record.arguments[0])
    if (record.operation === 'setuid') {
      // The account that acted is the one before the change; the one after it is the target.
      event.user = user
      event.targetUser = accountOf(head.euid)
    }
    outbox.push(event)
  }

  return {
    name,
    protect(pid) {
      const key = new Uint8Array(Uint32Array.of(pid).buffer)
      if (source.update(protectedMap, key, key)) protectedPids.add(pid)
    },
    async start() {
      source.handle(recordType.privilege, (bytes, at) => {
        const record = decodePrivilege(bytes, at)
        if (record) privilegeUsed(record)
      })
      source.handle(recordType.access, (bytes, at) => {
        const record = decodeAccess(bytes, at)
        if (!record) return
        const process = table.of(record.head)
        // PTRACE_TRACEME names nobody: the parent becomes the tracer.
        const nested = (record.head.flags & recordFlag.nestedPids) !== 0
        const named = nested ? undefined : table.byPid(record.targetPid)
        const target = record.operation === 'ptrace-traceme' ? process.parent : named
        if (target === process) return
        outbox.push({
          ...host.base(name, record.head, process),
          type: 'process.accessed',
          operation: record.operation,
          target: target?.identity ?? { pid: record.targetPid, entityId: `unknown-${record.targetPid}` },
        })
      })
      source.handle(recordType.memoryFile, (bytes, at) => {
        const record = decodeMemoryFile(bytes, at)
        const process = table.of(record.head)
        // Browsers and databases make hundreds of the same name for memory they share.
        if (isRepeat(process.image, `memory-file ${record.name} ${record.flags}`)) return
        outbox.push({
          ...host.base(name, record.head, process),
          type: 'memory-file.created',
          name: record.name,
          flags: record.flags,
        })
      })
      source.handle(recordType.module, (bytes, at) => {
        const record = decodeModule(bytes, at)
        outbox.push({
          ...host.base(name, record.head, table.of(record.head)),
          type: 'module.loaded',
          module: { name: record.name, outOfTree: record.outOfTree },
          operation: record.unload ? 'unload' : 'load',
        })
      })
      const { object, error } = source.load('privilege')
      const refused = new Map<string, string>()
      for (const [program, names, type] of calls)
        if (!object || !source.onSyscall(object, program, names))
          refused.set(type, object?.refused.get(program) ?? error ?? 'EINVAL')
      for (const type of new Set(calls.map((call) => call[2])))
        health.capability(type, !refused.has(type), refusal(refused.get(type)))
      protectedMap = object?.map('protected_processes') ?? -1
      const modules = source.load('modules')
      const loads = modules.object ? modules.object.attach('module_load') : (modules.error ?? 'EINVAL')
      modules.object?.attach('module_free')
      if (loads === 'ESRCH' || loads === 'ENOENT')
        health.cannotHappen('module.loaded', 'This kernel was built without loadable modules, so none can be loaded.')
      else health.capability('module.loaded', loads === undefined, refusal(loads))
    },
    async stop() {},
    health: health.read,
  }
}

function describeUse(record: PrivilegeRecord, event: PrivilegeUsed): void {
  const [a, b, c] = record.arguments
  switch (record.operation) {
    case 'mount':
      event.target = record.first
      event.source = record.second
      event.flags = a
      break
    case 'umount':
    case 'module-unload':
    case 'swapoff':
    case 'kexec':
      if (record.first !== '') event.target = record.first
      event.flags = a
      break
    case 'pivot-root':
      event.target = record.first
      event.source = record.second
      break
    case 'chroot':
      event.target = record.first
      break
    case 'module-load':
      // The parameters: the file is only a descriptor, and its name says nothing about what is in it.
      if (record.second !== '') event.source = record.second
      event.flags = a
      break
    case 'unshare':
    case 'clone':
    case 'setns': {
      event.flags = a
      const names = namespaceNames.filter(([flag]) => (a & flag) !== 0).map(([, name]) => name)
      if (names.length > 0) event.target = names.join(' ')
      break
    }
    case 'capset':
      event.target = `effective=${hex(a)} permitted=${hex(b)} inheritable=${hex(c)}`
      break
    case 'bpf':
      event.target = bpfCommands[a] ?? `command ${a}`
      break
    case 'kill':
      event.target = `signal ${b} to ${c === 2 ? 'every process' : `process ${c === 1 ? 'group ' : ''}${a}`}`
      event.flags = b
      break
    case 'raw-socket':
    case 'packet-socket':
      event.target = `protocol ${record.operation === 'packet-socket' ? swap16(b) : b}`
      break
    case 'setfsuid':
    case 'setfsgid':
      event.target = String(a)
      break
    case 'ambient':
      event.target = capabilityName(a)
      break
    case 'setgid':
      event.target = String(record.head.gid)
      break
    default:
      event.flags = a
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}

/** A packet socket's protocol is an Ethernet type in network order. */
function swap16(value: number): number {
  return ((value & 0xff) << 8) | ((value >> 8) & 0xff)
}
