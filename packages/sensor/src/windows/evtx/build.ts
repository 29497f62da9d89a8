/** Builds EVTX files for tests: a described document → BinXML in a chunk in a file with right checksums. */
import { crc32 } from 'node:zlib'
import { chunkBytes } from './chunk.ts'

/** A piece of a document: text, a slot of the template, a character or entity, or an element. */
export type Piece =
  | string
  | { slot: number; optional?: boolean }
  | { cdata: string }
  | { character: number }
  | { entity: string }
  | { element: string; attributes?: Record<string, Piece>; children?: Piece[] }

/** A value for a slot: a type number and its bytes, or a document of its own. */
export type SlotValue = { type: number; bytes: Uint8Array } | { document: Piece; values: SlotValue[] }

/** One record: a template and its values. Records with the same template object share its definition. */
export interface BuiltRecord {
  template: Piece
  values: SlotValue[]
  number: number
  writtenMs?: number
}

const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const u8 = (value: number) => Buffer.from([value])
const u16 = (value: number) => Buffer.from([value & 255, value >> 8])
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}
const u64 = (value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}

/** Milliseconds since 1970 as FILETIME. */
export const filetime = (ms: number) => u64((BigInt(Math.round(ms * 1000)) + 11_644_473_600_000_000n) * 10n)
export const typed = {
  text: (text: string): SlotValue => ({ type: 1, bytes: utf16(text) }),
  none: (): SlotValue => ({ type: 0, bytes: Buffer.alloc(0) }),
  u16: (value: number): SlotValue => ({ type: 6, bytes: u16(value) }),
  u32: (value: number): SlotValue => ({ type: 8, bytes: u32(value) }),
  u64: (value: bigint): SlotValue => ({ type: 10, bytes: u64(value) }),
  time: (ms: number): SlotValue => ({ type: 17, bytes: filetime(ms) }),
}

/** Writes bytes into one chunk, remembering where names and templates are. */
function createWriter(chunk: Buffer) {
  let at = 512
  const names = new Map<string, number>()
  const templates = new Map<Piece, number>()
  const put = (bytes: Uint8Array) => {
    chunk.set(bytes, at)
    at += bytes.length
  }
  const name = (text: string) => {
    const known = names.get(text)
    put(u32(known ?? at + 4))
    if (known !== undefined) return
    names.set(text, at)
    put(Buffer.concat([u32(0), u16(0), u16(text.length), utf16(text), u16(0)]))
  }
  /** Writes what `body` writes, with its length before it. */
  const sized = (body: () => void) => {
    const from = at
    put(u32(0))
    body()
    chunk.writeUInt32LE(at - from - 4, from)
  }
  const piece = (one: Piece) => {
    if (typeof one === 'string') put(Buffer.concat([u8(0x05), u8(1), u16(one.length), utf16(one)]))
    else if ('slot' in one) put(Buffer.concat([u8(one.optional ? 0x0e : 0x0d), u16(one.slot), u8(1)]))
    else if ('cdata' in one) put(Buffer.concat([u8(0x07), u16(one.cdata.length), utf16(one.cdata)]))
    else if ('character' in one) put(Buffer.concat([u8(0x08), u16(one.character)]))
    else if ('entity' in one) {
      put(u8(0x09))
      name(one.entity)
    } else element(one)
  }
  const element = (one: Extract<Piece, { element: string }>) => {
    const attributes = Object.entries(one.attributes ?? {})
    put(u8(attributes.length > 0 ? 0x41 : 0x01))
    put(u16(0xffff))
    sized(() => {
      name(one.element)
      if (attributes.length > 0)
        sized(() => {
          for (const [at, [key, value]] of attributes.entries()) {
            put(u8(at < attributes.length - 1 ? 0x46 : 0x06))
            name(key)
            piece(value)
          }
        })
      if (!one.children) return put(u8(0x03))
      put(u8(0x02))
      for (const child of one.children) piece(child)
      put(u8(0x04))
    })
  }
  const instance = (template: Piece, values: SlotValue[]) => {
    put(Buffer.from([0x0f, 1, 1, 0, 0x0c, 1]))
    put(u32(1))
    const known = templates.get(template)
    put(u32(known ?? at + 4))
    if (known === undefined) {
      templates.set(template, at)
      put(Buffer.alloc(20))
      sized(() => {
        put(Buffer.from([0x0f, 1, 1, 0]))
        piece(template)
        put(u8(0))
      })
    }
    put(u32(values.length))
    const descriptors = at
    put(Buffer.alloc(values.length * 4))
    for (const [index, value] of values.entries()) {
      const from = at
      if ('document' in value) {
        instance(value.document, value.values)
        put(u8(0))
      } else put(value.bytes)
      chunk.writeUInt16LE(at - from, descriptors + index * 4)
      chunk[descriptors + index * 4 + 2] = 'document' in value ? 0x21 : value.type
    }
  }
  return {
    record({ template, values, number, writtenMs = 0 }: BuiltRecord) {
      const from = at
      put(Buffer.concat([u32(0x00002a2a), u32(0), u64(BigInt(number)), filetime(writtenMs)]))
      instance(template, values)
      put(u8(0))
      while ((at - from) % 8 !== 4) put(u8(0))
      chunk.writeUInt32LE(at - from + 4, from + 4)
      put(u32(at - from + 4))
    },
    end: () => at,
  }
}

/** One chunk with the given records. */
export function buildChunk(records: readonly BuiltRecord[]): Buffer {
  const chunk = Buffer.alloc(chunkBytes)
  chunk.write('ElfChnk\0', 0, 'latin1')
  const writer = createWriter(chunk)
  for (const record of records) writer.record(record)
  chunk.writeUInt32LE(128, 40)
  chunk.writeUInt32LE(writer.end(), 48)
  chunk.writeUInt32LE(crc32(chunk.subarray(512, writer.end())), 52)
  chunk.writeUInt32LE(crc32(chunk.subarray(128, 512), crc32(chunk.subarray(0, 120))), 124)
  return chunk
}

/** A whole file of the given chunks. */
export function buildFile(chunks: readonly Buffer[], minor = 1): Buffer {
  const header = Buffer.alloc(4096)
  header.write('ElfFile\0', 0, 'latin1')
  header.writeUInt32LE(128, 32)
  header.writeUInt16LE(minor, 36)
  header.writeUInt16LE(3, 38)
  header.writeUInt16LE(4096, 40)
  header.writeUInt16LE(chunks.length, 42)
  header.writeUInt32LE(crc32(header.subarray(0, 120)), 124)
  return Buffer.concat([header, ...chunks])
}
