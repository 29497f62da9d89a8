/** BinXML tokens of a record → nodes, with templates resolved through the chunk that holds them. */
import { type Cursor, EvtxFault, readBytes, readText, readU8, readU16, readU32 } from './cursor.ts'
import { binXmlType, readValue, type Value } from './value.ts'

/** A piece of the document. A slot stands for a value that the instance of the template brings. */
export type Node =
  | { kind: 'element'; name: string; attributes: { name: string; parts: Node[] }[]; children: Node[] }
  | { kind: 'value'; value: Value }
  | { kind: 'slot'; index: number }
  | { kind: 'instance'; nodes: Node[]; values: Filling[] }

/** What fills a slot: a value, or a document of its own. */
export type Filling = Value | { nodes: Node[] }

/** What is shared by the records of one chunk, and how much one record may still use. */
export interface ChunkContext {
  bytes: Buffer
  names: Map<number, string>
  templates: Map<number, Node[]>
  /** Nodes that the record being read may still make. */
  budget: number
  /** Nodes that the records of the chunk may still make together. */
  left: number
}

const maxDepth = 64
const maxFillings = 4096
/** Nodes of one record: the largest real ones have a few hundred. */
export const nodeBudget = 20_000
/** Nodes of all records of one chunk; real chunks have some ten thousand. Without it 64 KB could cost minutes. */
export const chunkBudget = 400_000

const more = 0x40
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

interface OpenElement {
  element: Extract<Node, { kind: 'element' }>
  /** The attribute that following values belong to, until the start tag is closed. */
  attribute?: { name: string; parts: Node[] }
}

/** Reads nodes until the end of the fragment. `bare` says that elements have no dependency identifier. */
export function readFragment(cursor: Cursor, chunk: ChunkContext, depth: number, bare = false): Node[] {
  if (depth > maxDepth) throw new EvtxFault('evtx.too-deep')
  const top: Node[] = []
  const open: OpenElement[] = []
  const add = (node: Node) => {
    if (--chunk.budget < 0) throw new EvtxFault('evtx.too-large')
    const last = open.at(-1)
    if (!last) top.push(node)
    else if (last.attribute) last.attribute.parts.push(node)
    else last.element.children.push(node)
  }
  while (cursor.at < cursor.end) {
    const token = readU8(cursor)
    switch (token & ~more) {
      case 0x00:
        return top
      case 0x01: {
        const name = readStart(cursor, chunk, bare, (token & more) !== 0)
        const element: OpenElement['element'] = { kind: 'element', name, attributes: [], children: [] }
        add(element)
        open.push({ element })
        if (open.length + depth > maxDepth) throw new EvtxFault('evtx.too-deep')
        break
      }
      case 0x02: {
        const last = open.at(-1)
        if (last) last.attribute = undefined
        break
      }
      case 0x03:
      case 0x04:
        open.pop()
        break
      case 0x05: {
        const type = readU8(cursor)
        if (type !== 0x01) throw new EvtxFault('evtx.unknown-value-type')
        add({ kind: 'value', value: readText(cursor, readU16(cursor)) })
        break
      }
      case 0x06: {
        const attribute = { name: readName(cursor, chunk), parts: [] }
        const last = open.at(-1)
        if (!last) throw new EvtxFault('evtx.unknown-token')
        if (--chunk.budget < 0) throw new EvtxFault('evtx.too-large')
        last.element.attributes.push(attribute)
        last.attribute = attribute
        break
      }
      case 0x07:
        add({ kind: 'value', value: readText(cursor, readU16(cursor)) })
        break
      case 0x08:
        add({ kind: 'value', value: String.fromCharCode(readU16(cursor)) })
        break
      case 0x09: {
        const name = readName(cursor, chunk)
        add({ kind: 'value', value: entities[name] ?? `&${name};` })
        break
      }
      // Processing instructions carry no fields.
      case 0x0a:
        readName(cursor, chunk)
        break
      case 0x0b:
        readText(cursor, readU16(cursor))
        break
      case 0x0c:
        add(readInstance(cursor, chunk, depth))
        break
      case 0x0d:
      case 0x0e: {
        const index = readU16(cursor)
        readU8(cursor)
        add({ kind: 'slot', index })
        break
      }
      case 0x0f:
        readBytes(cursor, 3)
        break
      default:
        throw new EvtxFault('evtx.unknown-token')
    }
  }
  return top
}

/**
 * The head of a start tag. The dependency identifier is missing in some documents that are values, without a mark;
 * a size that reaches past the end shows it.
 */
function readStart(cursor: Cursor, chunk: ChunkContext, bare: boolean, hasAttributes: boolean): string {
  const from = cursor.at
  if (!bare) readU16(cursor)
  const size = readU32(cursor)
  if (!bare && cursor.at + size > cursor.end + 16) {
    cursor.at = from
    return readStart(cursor, chunk, true, hasAttributes)
  }
  const name = readName(cursor, chunk)
  if (hasAttributes) readU32(cursor)
  return name
}

/** A name: an offset into the chunk; when it points right behind itself, the name is there and is passed over. */
function readName(cursor: Cursor, chunk: ChunkContext): string {
  const offset = readU32(cursor)
  const inline = offset === cursor.at
  const known = chunk.names.get(offset)
  if (known !== undefined && !inline) return known
  const at: Cursor = inline ? cursor : { bytes: chunk.bytes, at: offset, end: chunk.bytes.length }
  // Next name in the hash bucket, and hash.
  readBytes(at, 6)
  const name = readText(at, readU16(at))
  readBytes(at, 2)
  chunk.names.set(offset, name)
  return name
}

/** An instance of a template: the definition, here or elsewhere in the chunk, and the values for its slots. */
function readInstance(cursor: Cursor, chunk: ChunkContext, depth: number): Node {
  readBytes(cursor, 5)
  const offset = readU32(cursor)
  const inline = offset === cursor.at
  const header: Cursor = inline ? cursor : { bytes: chunk.bytes, at: offset, end: chunk.bytes.length }
  readBytes(header, 20)
  const size = readU32(header)
  const start = header.at
  if (start + size > chunk.bytes.length) throw new EvtxFault('evtx.bad-template')
  if (inline) readBytes(cursor, size)
  let nodes = chunk.templates.get(offset)
  if (!nodes) {
    nodes = readFragment({ bytes: chunk.bytes, at: start, end: start + size }, chunk, depth + 1)
    chunk.templates.set(offset, nodes)
  }
  return { kind: 'instance', nodes, values: readFillings(cursor, chunk, depth) }
}

function readFillings(cursor: Cursor, chunk: ChunkContext, depth: number): Filling[] {
  const count = readU32(cursor)
  if (count > maxFillings) throw new EvtxFault('evtx.too-large')
  const described: { length: number; type: number }[] = []
  for (let at = 0; at < count; at++) {
    described.push({ length: readU16(cursor), type: readU8(cursor) })
    readU8(cursor)
  }
  return described.map(({ length, type }) => {
    if (type !== binXmlType) return readValue(cursor, type, length)
    if (cursor.at + length > cursor.end) throw new EvtxFault('evtx.truncated-value')
    const inner: Cursor = { bytes: cursor.bytes, at: cursor.at, end: cursor.at + length }
    cursor.at += length
    return { nodes: readFragment(inner, chunk, depth + 1) }
  })
}
