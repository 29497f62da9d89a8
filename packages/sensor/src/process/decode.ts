/** Records of exec, fork and exit in, plain values out. Pure; the format is bpf/wire.h. */
import { decodeHead, layout, type RecordHead, readPath, readText, readU64, recordFlag } from '../kernel/wire.ts'

/** Identity of a file's content as far as metadata tell: equal keys mean equal content, unless the clock was turned back. */
export interface FileKey {
  device: number
  inode: number
  sizeBytes: number
  mtimeNs: bigint
  ctimeNs: bigint
}

export interface ExecRecord {
  head: RecordHead
  parentStartNs: number
  key: FileKey
  mode: number
  ownerId: number
  sessionId: number
  executable: string
  /** The upper part of `executable` is missing: more than 100 components or 4,096 bytes. */
  executableTruncated: boolean
  workingDirectory: string
  /** Names of the cgroup, leaf first, at most three. */
  cgroup: string[]
  arguments: string[]
  /** The argument vector was longer than 16,383 bytes, or unreadable. */
  argumentsTruncated: boolean
  terminal: string | undefined
  fileless: boolean
}

export interface ForkRecord {
  head: RecordHead
  childPid: number
  childStartNs: number
  parentPid: number
  parentStartNs: number
}

export interface ExitRecord {
  head: RecordHead
  /** As wait(2) gives it. */
  exitCode: number | undefined
  signal: number | undefined
}

const exec = layout.exec_record
const fork = layout.fork_record

export function decodeExec(bytes: Buffer, at: number): ExecRecord {
  const head = decodeHead(bytes, at)
  const executableLength = bytes.readUInt16LE(at + exec.executable_length)
  const directoryLength = bytes.readUInt16LE(at + exec.directory_length)
  const cgroupLength = bytes.readUInt16LE(at + exec.cgroup_length)
  const argumentsLength = bytes.readUInt16LE(at + exec.arguments_length)
  const executableAt = at + exec.size
  const directoryAt = executableAt + executableLength
  const cgroupAt = directoryAt + directoryLength
  const argumentsAt = cgroupAt + cgroupLength
  const nanoseconds = (seconds: number, fraction: number) =>
    bytes.readBigInt64LE(at + seconds) * 1_000_000_000n + BigInt(bytes.readUInt32LE(at + fraction))
  const truncated = (head.flags & recordFlag.pathTruncated) !== 0
  return {
    head,
    parentStartNs: readU64(bytes, at + exec.parent_start_ns),
    key: {
      device: bytes.readUInt32LE(at + exec.device),
      inode: readU64(bytes, at + exec.inode),
      sizeBytes: readU64(bytes, at + exec.size_bytes),
      mtimeNs: nanoseconds(exec.mtime_sec, exec.mtime_nsec),
      ctimeNs: nanoseconds(exec.ctime_sec, exec.ctime_nsec),
    },
    mode: bytes.readUInt32LE(at + exec.mode),
    ownerId: bytes.readUInt32LE(at + exec.owner),
    sessionId: bytes.readUInt32LE(at + exec.session),
    executable: readPath(bytes, executableAt, executableLength, truncated),
    executableTruncated: truncated,
    workingDirectory: readPath(bytes, directoryAt, directoryLength),
    cgroup: cgroupLength > 1 ? bytes.toString('utf8', cgroupAt, argumentsAt - 1).split('\0') : [],
    arguments: splitArguments(bytes, argumentsAt, argumentsLength),
    argumentsTruncated: (head.flags & (recordFlag.argumentsTruncated | recordFlag.argumentsUnreadable)) !== 0,
    terminal: terminalName(readText(bytes, at + exec.terminal, 12)),
    fileless: (head.flags & recordFlag.fileless) !== 0,
  }
}

export function decodeFork(bytes: Buffer, at: number): ForkRecord {
  return {
    head: decodeHead(bytes, at),
    childPid: bytes.readUInt32LE(at + fork.child_pid),
    childStartNs: readU64(bytes, at + fork.child_start_ns),
    parentPid: bytes.readUInt32LE(at + fork.parent_pid),
    parentStartNs: readU64(bytes, at + fork.parent_start_ns),
  }
}

export function decodeExit(bytes: Buffer, at: number): ExitRecord {
  const code = bytes.readUInt32LE(at + layout.exit_record.code)
  const signal = code & 0x7f
  return {
    head: decodeHead(bytes, at),
    exitCode: signal === 0 ? (code >>> 8) & 0xff : undefined,
    signal: signal === 0 ? undefined : signal,
  }
}

/** The kernel's argument area: strings ended by NUL. A program may have overwritten its own, then the rest is one string. */
export function splitArguments(bytes: Buffer, at: number, length: number): string[] {
  if (length === 0) return []
  const end = bytes[at + length - 1] === 0 ? at + length - 1 : at + length
  return bytes.toString('utf8', at, end).split('\0')
}

/** `pts0` is what the kernel calls `/dev/pts/0`. */
function terminalName(name: string): string | undefined {
  if (name === '') return undefined
  return /^pts\d+$/.test(name) ? `pts/${name.slice(3)}` : name
}
