/** Records of changed files in, paths and facts out. Pure; the format is bpf/wire.h. */
import {
  decodeHead,
  layout,
  type RecordHead,
  readPath,
  readText,
  readU64,
  recordFlag,
  recordType,
} from '../kernel/wire.ts'

export const fileOperations = [
  undefined,
  'written',
  'removed',
  'mode',
  'owner',
  'attribute',
  'times',
  'renamed',
  'linked',
  'symlinked',
] as const
export type FileOperation = NonNullable<(typeof fileOperations)[number]>

export interface FileRecord {
  head: RecordHead
  operation: FileOperation
  path: string
  /** The path was written by the caller with directories in it, which may be symbolic links. */
  indirect: boolean
  /** True when the kernel matched the path with the watch tree. Otherwise the path is the caller's string, joined. */
  matched: boolean
  created: boolean
  /** The upper part of the path is missing. */
  truncated: boolean
  /** The path is the file's place on the host; the process reached it by another name. */
  onHost: boolean
  /** Undefined for a path that the kernel did not resolve. */
  inode: number | undefined
  device: number
  mode: number
  ownerId: number
  sizeBytes: number
  /** New mode or owner. */
  value: number
  /** Name of the extended attribute. */
  attribute: string | undefined
}

/** Number under which the outcome of a record follows; undefined when it is known already. */
export function pendingNumber(bytes: Buffer, at: number): number | undefined {
  if ((bytes.readUInt16LE(at + layout.record.flags) & recordFlag.pending) === 0) return undefined
  const isPair = bytes.readUInt16LE(at + layout.record.type) === recordType.filePair
  return bytes.readUInt32LE(at + (isPair ? pair.call_flags : file.value))
}

export function decodeOutcome(bytes: Buffer, at: number): { number: number; happened: boolean } {
  const { number, result } = layout.outcome_record
  return { number: bytes.readUInt32LE(at + number), happened: bytes.readInt32LE(at + result) >= 0 }
}

export interface PairRecord {
  head: RecordHead
  operation: FileOperation
  /** `from` or `to` was written by the caller with directories in it, which may be symbolic links. */
  indirect: boolean
  /** The upper part of a path is missing. */
  truncated: boolean
  from: string
  /** The string as given, for the content of a symbolic link. */
  fromText: string
  to: string
}

const file = layout.file_record
const pair = layout.pair_record

export function decodeFile(bytes: Buffer, at: number): FileRecord | undefined {
  const head = decodeHead(bytes, at)
  const operation = fileOperations[bytes.readUInt16LE(at + file.operation)]
  if (!operation) return undefined
  const unresolved = (head.flags & recordFlag.unresolved) !== 0
  const truncated = (head.flags & recordFlag.pathTruncated) !== 0
  const onHost = (head.flags & recordFlag.hostPath) !== 0
  const pathAt = at + file.size
  const pathLength = bytes.readUInt16LE(at + file.path_length)
  const baseLength = bytes.readUInt16LE(at + file.base_length)
  const extraLength = bytes.readUInt16LE(at + file.extra_length)
  const written = unresolved ? readText(bytes, pathAt, pathLength) : ''
  return {
    head,
    operation,
    indirect: written.includes('/'),
    path: unresolved
      ? below(readPath(bytes, pathAt + pathLength, baseLength), written, truncated)
      : onHost
        ? readPath(bytes, pathAt + pathLength, baseLength)
        : readPath(bytes, pathAt, pathLength, truncated),
    truncated,
    onHost,
    matched: bytes.readUInt16LE(at + file.watch) !== 0,
    created: (head.flags & recordFlag.created) !== 0,
    inode: unresolved ? undefined : readU64(bytes, at + file.inode),
    device: bytes.readUInt32LE(at + file.device),
    mode: bytes.readUInt32LE(at + file.mode),
    ownerId: bytes.readUInt32LE(at + file.owner),
    sizeBytes: readU64(bytes, at + file.size_bytes),
    value: bytes.readUInt32LE(at + file.value),
    attribute: extraLength > 0 ? readText(bytes, pathAt + pathLength + baseLength, extraLength) : undefined,
  }
}

export function decodePair(bytes: Buffer, at: number): PairRecord | undefined {
  const head = decodeHead(bytes, at)
  const operation = fileOperations[bytes.readUInt16LE(at + pair.operation)]
  if (!operation) return undefined
  let next = at + pair.size
  const take = (field: number): [at: number, length: number] => {
    const length = bytes.readUInt16LE(at + field)
    next += length
    return [next - length, length]
  }
  const fromText = readText(bytes, ...take(pair.from_length))
  const fromBase = readPath(bytes, ...take(pair.from_base_length))
  const toText = readText(bytes, ...take(pair.to_length))
  const toBase = readPath(bytes, ...take(pair.to_base_length))
  const indirect = fromText.includes('/') || toText.includes('/')
  const truncated = (head.flags & recordFlag.pathTruncated) !== 0
  const from = below(fromBase, fromText, truncated)
  return { head, operation, indirect, truncated, from, fromText, to: below(toBase, toText, truncated) }
}

function below(base: string, relative: string, truncated: boolean): string {
  const joined = joinPath(base, relative)
  return truncated && !relative.startsWith('/') ? `…${joined}` : joined
}

/**
 * `relative` below `base`, without `.` and `..`. For an absolute string the base is the process' root directory.
 * Symbolic links stay as they are.
 */
export function joinPath(base: string, relative: string): string {
  const parts: string[] = base === '/' ? [] : base.slice(1).split('/')
  const floor = relative.startsWith('/') ? parts.length : 0
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.length > floor) parts.pop()
  }
  return `/${parts.join('/')}`
}
