/**
 * Layout of the records in the ring: `bpf/wire.h` in TypeScript, checked against it by a test through BTF.
 * All multi-byte fields are little-endian.
 */

/** Numbers of `enum record_type`. */
export const recordType = {
  exec: 1,
  fork: 2,
  exit: 3,
  file: 4,
  filePair: 5,
  network: 6,
  dns: 7,
  privilege: 8,
  memoryFile: 9,
  access: 10,
  module: 11,
  outcome: 12,
} as const
export type RecordType = (typeof recordType)[keyof typeof recordType]

/** Bits of `record.flags`. */
export const recordFlag = {
  argumentsTruncated: 1,
  argumentsUnreadable: 2,
  pathTruncated: 4,
  fileless: 8,
  created: 16,
  unresolved: 32,
  hostPath: 64,
  nestedPids: 128,
  answer: 256,
  foreignCall: 512,
  pending: 1024,
  stream: 2048,
} as const

/** Byte offsets of the members of each struct; `size` is the struct's own size, where its data begins. */
export const layout = {
  record: {
    size: 72,
    time_ns: 0,
    start_ns: 8,
    cgroup: 16,
    type: 24,
    flags: 26,
    pid: 28,
    tid: 32,
    parent_pid: 36,
    uid: 40,
    euid: 44,
    gid: 48,
    mount_namespace: 52,
    name: 56,
  },
  exec_record: {
    size: 160,
    parent_start_ns: 72,
    inode: 80,
    // biome-ignore format: one line a pair reads better
    size_bytes: 88,
    mtime_sec: 96,
    ctime_sec: 104,
    mtime_nsec: 112,
    ctime_nsec: 116,
    device: 120,
    mode: 124,
    session: 128,
    arguments_total: 132,
    owner: 136,
    executable_length: 140,
    directory_length: 142,
    cgroup_length: 144,
    arguments_length: 146,
    terminal: 148,
  },
  fork_record: { size: 96, child_start_ns: 72, parent_start_ns: 80, child_pid: 88, parent_pid: 92 },
  exit_record: { size: 80, code: 72 },
  file_record: {
    size: 120,
    inode: 72,
    size_bytes: 80,
    device: 88,
    mode: 92,
    owner: 96,
    operation: 100,
    watch: 102,
    value: 104,
    open_flags: 108,
    path_length: 112,
    base_length: 114,
    extra_length: 116,
  },
  pair_record: {
    size: 88,
    operation: 72,
    from_length: 74,
    from_base_length: 76,
    to_length: 78,
    to_base_length: 80,
    call_flags: 84,
  },
  network_record: {
    size: 120,
    operation: 72,
    family: 74,
    protocol: 76,
    source_port: 78,
    destination_port: 80,
    source: 88,
    destination: 104,
  },
  dns_record: { size: 104, family: 72, port: 74, length: 76, client_port: 78, destination: 80, total: 96 },
  privilege_record: { size: 120, operation: 72, result: 76, arguments: 80, first_length: 112, second_length: 114 },
  memory_file_record: { size: 336, call_flags: 72, memory_name: 80 },
  access_record: { size: 88, operation: 72, target_pid: 76, result: 80 },
  module_record: { size: 144, taints: 72, unload: 80, module_name: 88 },
  outcome_record: { size: 80, number: 72, result: 76 },
  watch_step: { size: 44, node: 0, name: 4 },
  watch_node: { size: 8, node: 0, watch: 4, flags: 6 },
  path_call: {
    size: 9,
    operation: 0,
    directory: 1,
    path: 2,
    to_directory: 3,
    to_path: 4,
    value: 5,
    extra: 6,
    needed: 7,
    flags: 8,
  },
} as const

/** Members whose name in `wire.h` differs, because `size` is taken here. */
export const memberNames: Record<string, string> = { size_bytes: 'size' }

/** Counters: index = outcome * `counterSection` + cpu * `counterTypes` + record type. */
export const counterTypes = 32
export const counterCpus = 256
export const counterSection = counterTypes * counterCpus

/** What became of a record; order of `enum counter_outcome`. */
export const counterOutcomes = ['emitted', 'dropped', 'heldBack', 'merged', 'unreadable', 'own'] as const
export type CounterOutcome = (typeof counterOutcomes)[number]

/** What stands in place of the record type with the outcome `own`: numbers of `enum pulse`. */
export const pulse = { files: 1, network: 2, sockets: 3, dns: 4, privilege: 5 } as const

/** Added to the number of a 32-bit system call in the map of path calls. */
export const foreignCalls = 512

/** The head of every record, decoded. */
export interface RecordHead {
  /** Nanoseconds since boot (CLOCK_BOOTTIME). */
  timeNs: number
  startNs: number
  cgroup: number
  type: number
  flags: number
  pid: number
  tid: number
  parentPid: number
  uid: number
  euid: number
  gid: number
  mountNamespace: number
  name: string
}

const head = layout.record

export function decodeHead(bytes: Buffer, at: number): RecordHead {
  return {
    timeNs: readU64(bytes, at + head.time_ns),
    startNs: readU64(bytes, at + head.start_ns),
    cgroup: readU64(bytes, at + head.cgroup),
    type: bytes.readUInt16LE(at + head.type),
    flags: bytes.readUInt16LE(at + head.flags),
    pid: bytes.readUInt32LE(at + head.pid),
    tid: bytes.readUInt32LE(at + head.tid),
    parentPid: bytes.readUInt32LE(at + head.parent_pid),
    uid: bytes.readUInt32LE(at + head.uid),
    euid: bytes.readUInt32LE(at + head.euid),
    gid: bytes.readUInt32LE(at + head.gid),
    mountNamespace: bytes.readUInt32LE(at + head.mount_namespace),
    name: readText(bytes, at + head.name, 16),
  }
}

/** Unsigned 64-bit integer as a number; exact below 2^53, which times since boot and inode numbers stay under. */
export function readU64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 4_294_967_296
}

/** Text up to the first NUL, at most `limit` bytes. Invalid UTF-8 becomes U+FFFD. */
export function readText(bytes: Buffer, at: number, limit: number): string {
  let end = at
  const last = Math.min(at + limit, bytes.length)
  while (end < last && bytes[end] !== 0) end++
  return bytes.toString('utf8', at, end)
}

/** Absolute path from components that stand leaf first, each ended by NUL. `truncated`: the upper part is missing. */
export function readPath(bytes: Buffer, at: number, length: number, truncated = false): string {
  if (length <= 0) return '/'
  const path = bytes
    .toString('utf8', at, at + length - 1)
    .split('\0')
    .reverse()
    .join('/')
  return truncated ? `…/${path}` : `/${path}`
}
