/**
 * BTF (BPF Type Format) bytes in, struct layouts and type names out.
 * Read from the kernel (`/sys/kernel/btf/vmlinux`) or from the `.BTF` section of an object file.
 * Source: Documentation/bpf/btf.rst of the Linux kernel.
 */

/** Where one member of a struct lies. Bit fields keep their first byte. */
export interface MemberLayout {
  name: string
  offsetBytes: number
}

export interface StructLayout {
  sizeBytes: number
  members: MemberLayout[]
}

export interface Btf {
  /** Layout of a struct or union by name; the first one wins when a name repeats. */
  struct(name: string): StructLayout | undefined
  /** Values of a named enum by name; the names of anonymous enums are not kept. */
  enumeration(name: string): Map<string, number> | undefined
  /** True when a type of that name exists; tracepoints are typedefs called `btf_trace_<name>`. */
  has(name: string): boolean
}

const headerMagic = 0xeb9f
/** Bytes that follow the 12-byte common part of a type, by kind. Kinds with members are computed. */
const extraBytes: Partial<Record<number, number>> = { 1: 4, 3: 12, 14: 4, 17: 4 }
const memberBytes: Partial<Record<number, number>> = { 4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12 }
const structKind = 4
const unionKind = 5
const enumKind = 6

/** Parses little-endian BTF. Undefined when the bytes are not BTF or end early. */
export function parseBtf(bytes: Buffer): Btf | undefined {
  if (bytes.length < 24 || bytes.readUInt16LE(0) !== headerMagic) return undefined
  const headerLength = bytes.readUInt32LE(4)
  const typesAt = headerLength + bytes.readUInt32LE(8)
  const typesEnd = typesAt + bytes.readUInt32LE(12)
  const stringsAt = headerLength + bytes.readUInt32LE(16)
  if (typesEnd > bytes.length || stringsAt > bytes.length) return undefined
  const text = (offset: number): string => {
    const start = stringsAt + offset
    const end = bytes.indexOf(0, start)
    return bytes.toString('latin1', start, end < 0 ? bytes.length : end)
  }
  const structs = new Map<string, number>()
  const enums = new Map<string, number>()
  const names = new Set<string>()
  for (let at = typesAt; at + 12 <= typesEnd; ) {
    const nameOffset = bytes.readUInt32LE(at)
    const info = bytes.readUInt32LE(at + 4)
    const kind = (info >>> 24) & 0x1f
    if (nameOffset !== 0) {
      const name = text(nameOffset)
      names.add(name)
      if ((kind === structKind || kind === unionKind) && !structs.has(name)) structs.set(name, at)
      if (kind === enumKind && !enums.has(name)) enums.set(name, at)
    }
    at += 12 + (extraBytes[kind] ?? 0) + (memberBytes[kind] ?? 0) * (info & 0xffff)
  }
  const layoutAt = (at: number): StructLayout => {
    const info = bytes.readUInt32LE(at + 4)
    const bitFields = info >>> 31 === 1
    const members: MemberLayout[] = []
    for (let index = 0; index < (info & 0xffff); index++) {
      const member = at + 12 + index * 12
      const position = bytes.readUInt32LE(member + 8)
      members.push({
        name: text(bytes.readUInt32LE(member)),
        offsetBytes: (bitFields ? position & 0xffffff : position) >>> 3,
      })
    }
    return { sizeBytes: bytes.readUInt32LE(at + 8), members }
  }
  return {
    struct: (name) => {
      const at = structs.get(name)
      return at === undefined ? undefined : layoutAt(at)
    },
    enumeration: (name) => {
      const at = enums.get(name)
      if (at === undefined) return undefined
      const values = new Map<string, number>()
      for (let index = 0; index < (bytes.readUInt32LE(at + 4) & 0xffff); index++) {
        const value = at + 12 + index * 8
        values.set(text(bytes.readUInt32LE(value)), bytes.readInt32LE(value + 4))
      }
      return values
    },
    has: (name) => names.has(name),
  }
}

/** The content of one section of a little-endian ELF64 file; undefined when there is none of that name. */
export function elfSection(file: Buffer, name: string): Buffer | undefined {
  if (file.length < 64 || file.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return undefined
  const tableAt = Number(file.readBigUInt64LE(40))
  const entryBytes = file.readUInt16LE(58)
  const count = file.readUInt16LE(60)
  const section = (index: number) => {
    const at = tableAt + index * entryBytes
    const start = Number(file.readBigUInt64LE(at + 24))
    return {
      nameAt: file.readUInt32LE(at),
      content: file.subarray(start, start + Number(file.readBigUInt64LE(at + 32))),
    }
  }
  const names = section(file.readUInt16LE(62)).content
  for (let index = 0; index < count; index++) {
    const { nameAt, content } = section(index)
    if (names.toString('latin1', nameAt, names.indexOf(0, nameAt)) === name) return content
  }
  return undefined
}
