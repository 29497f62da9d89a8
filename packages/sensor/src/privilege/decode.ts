/** Records of privileges, memory access, memory files and modules in, plain values out. Pure; the format is bpf/wire.h. */
import type { EventOf } from '@rampart/event'
import { decodeHead, layout, type RecordHead, readText, readU64 } from '../kernel/wire.ts'

export type PrivilegeOperation = EventOf<'privilege.used'>['operation']
export type AccessOperation = EventOf<'process.accessed'>['operation']

export interface PrivilegeRecord {
  head: RecordHead
  operation: PrivilegeOperation
  /** What the call returned; negative is an error number. */
  result: number
  arguments: [number, number, number]
  first: string
  second: string
}

export interface AccessRecord {
  head: RecordHead
  operation: AccessOperation
  /** As the caller numbers it: in its own pid namespace. */
  targetPid: number
}

export interface ModuleRecord {
  head: RecordHead
  name: string
  unload: boolean
  outOfTree: boolean
}

/** Order of `enum privilege_operation`. */
export const operations: readonly (PrivilegeOperation | undefined)[] = [
  undefined,
  'setuid',
  'setgid',
  'capset',
  'mount',
  'umount',
  'unshare',
  'setns',
  'bpf',
  'io-uring',
  'raw-socket',
  'packet-socket',
  'kill',
  'perf',
  'clone',
  'pivot-root',
  'chroot',
  'module-load',
  'module-unload',
  'kexec',
  'swapoff',
  'reboot',
  'setfsuid',
  'setfsgid',
  'ambient',
]

/** ptrace(2) requests, and the numbers `wire.h` gives to process_vm_readv(2) and process_vm_writev(2). */
const accesses: Record<number, AccessOperation> = {
  0: 'ptrace-traceme',
  4: 'ptrace-write',
  5: 'ptrace-write',
  6: 'ptrace-write',
  13: 'ptrace-write',
  16: 'ptrace-attach',
  16901: 'ptrace-write', // PTRACE_SETREGSET
  16902: 'ptrace-seize',
  65536: 'memory-read',
  65537: 'memory-write',
  65538: 'descriptor-taken',
}

/** TAINT_OOT_MODULE of include/linux/panic.h. */
const outOfTreeTaint = 2 ** 12

const privilege = layout.privilege_record
const access = layout.access_record
const module = layout.module_record
const memoryFile = layout.memory_file_record

export function decodePrivilege(bytes: Buffer, at: number): PrivilegeRecord | undefined {
  const operation = operations[bytes.readUInt32LE(at + privilege.operation)]
  if (!operation) return undefined
  const firstLength = bytes.readUInt16LE(at + privilege.first_length)
  const secondLength = bytes.readUInt16LE(at + privilege.second_length)
  const dataAt = at + privilege.size
  return {
    head: decodeHead(bytes, at),
    operation,
    result: bytes.readInt32LE(at + privilege.result),
    arguments: [
      readU64(bytes, at + privilege.arguments),
      readU64(bytes, at + privilege.arguments + 8),
      readU64(bytes, at + privilege.arguments + 16),
    ],
    first: readText(bytes, dataAt, firstLength),
    second: readText(bytes, dataAt + firstLength, secondLength),
  }
}

export function decodeAccess(bytes: Buffer, at: number): AccessRecord | undefined {
  const operation = accesses[bytes.readUInt32LE(at + access.operation)]
  if (!operation) return undefined
  return { head: decodeHead(bytes, at), operation, targetPid: bytes.readUInt32LE(at + access.target_pid) }
}

export function decodeMemoryFile(bytes: Buffer, at: number): { head: RecordHead; name: string; flags: number } {
  return {
    head: decodeHead(bytes, at),
    name: readText(bytes, at + memoryFile.memory_name, 256),
    flags: bytes.readUInt32LE(at + memoryFile.call_flags),
  }
}

export function decodeModule(bytes: Buffer, at: number): ModuleRecord {
  return {
    head: decodeHead(bytes, at),
    name: readText(bytes, at + module.module_name, 56),
    unload: bytes.readUInt32LE(at + module.unload) !== 0,
    outOfTree: (readU64(bytes, at + module.taints) / outOfTreeTaint) % 2 >= 1,
  }
}
