/** The nodes of one record → its fields, flat, under the names that Sigma rules use. */
import type { Filling, Node } from './binxml.ts'
import { EvtxFault } from './cursor.ts'
import type { Scalar, Value } from './value.ts'

type Element = Extract<Node, { kind: 'element' }>
/** An element together with the values of the template it stands in. */
interface Placed {
  element: Element
  values: readonly Filling[]
}

/** Characters of text that one record may unfold to; slots may repeat a value. */
const maxCharacters = 4_194_304
const maxFields = 4096
const maxDepth = 32

/** Adds a field; a second value under the same name makes a list, as repeated `Data` elements without names do. */
export function addField(fields: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '' || name === '__proto__' || value === null || value === undefined) return
  const known = fields[name]
  if (known === undefined) fields[name] = value
  else fields[name] = Array.isArray(known) ? known.concat(value) : [known].concat(value as never)
}

/** Unfolds nodes; counts what it makes, so that a small file cannot make a large record. */
export function createUnfolder() {
  let characters = maxCharacters
  let elements = maxFields

  const spend = (value: Value) => {
    const size = typeof value === 'string' ? value.length : Array.isArray(value) ? value.length * 16 : 8
    characters -= size
    if (characters < 0) throw new EvtxFault('evtx.too-large')
  }
  /** The values and elements that stand directly in a list of nodes. */
  const contents = (
    nodes: readonly Node[],
    values: readonly Filling[],
    depth = 0,
  ): { texts: Value[]; elements: Placed[] } => {
    const found = { texts: [] as Value[], elements: [] as Placed[] }
    if (depth > maxDepth) throw new EvtxFault('evtx.too-deep')
    const join = (inner: typeof found) => {
      found.texts.push(...inner.texts)
      found.elements.push(...inner.elements)
    }
    for (const node of nodes) {
      if (--elements < -20_000) throw new EvtxFault('evtx.too-large')
      if (node.kind === 'element') found.elements.push({ element: node, values })
      else if (node.kind === 'instance') join(contents(node.nodes, node.values, depth + 1))
      else {
        const value = node.kind === 'value' ? node.value : (values[node.index] ?? null)
        // A document that fills a slot brings its own instances, so the slots of this template are not its.
        if (typeof value === 'object' && value !== null && !Array.isArray(value))
          join(contents(value.nodes, [], depth + 1))
        else if (value !== null) {
          spend(value)
          found.texts.push(value)
        }
      }
    }
    return found
  }
  return { contents }
}

export type Unfolder = ReturnType<typeof createUnfolder>

/** One value as it is; several (text around a slot) as one text. */
export function single(texts: readonly Value[]): Value {
  if (texts.length === 0) return null
  if (texts.length === 1) return texts[0] ?? null
  return texts.map((part) => (Array.isArray(part) ? part.join(', ') : String(part ?? ''))).join('')
}

const attributesOf = (placed: Placed, unfold: Unfolder): [string, Value][] =>
  placed.element.attributes.map(({ name, parts }) => [name, single(unfold.contents(parts, placed.values).texts)])

/** System: an element's text under its name, its attributes under `Element_Attribute`. */
function addSystem(fields: Record<string, unknown>, system: Placed, unfold: Unfolder): void {
  for (const child of unfold.contents(system.element.children, system.values).elements) {
    const name = child.element.name
    for (const [attribute, value] of attributesOf(child, unfold)) addField(fields, `${name}_${attribute}`, value)
    addField(fields, name, single(unfold.contents(child.element.children, child.values).texts))
  }
}

/**
 * EventData and UserData: `<Data Name="X">v</Data>` as `X`, data without a name under `Data` (a list when there are
 * several), anything else by the name of the innermost element; attributes of wrappers are left out.
 */
function addData(fields: Record<string, unknown>, section: Placed, unfold: Unfolder, depth = 0): void {
  if (depth > maxDepth) throw new EvtxFault('evtx.too-deep')
  for (const child of unfold.contents(section.element.children, section.values).elements) {
    const inner = unfold.contents(child.element.children, child.values)
    if (inner.elements.length > 0) {
      addData(fields, child, unfold, depth + 1)
      continue
    }
    const named = attributesOf(child, unfold).find(([attribute]) => attribute === 'Name')?.[1]
    const name = typeof named === 'string' && named !== '' ? named : child.element.name
    const value = single(inner.texts) ?? ''
    addField(fields, name, value)
    // Sigma names fields without spaces.
    if (name.includes(' ')) addField(fields, name.replaceAll(' ', ''), value)
  }
}

/** All fields of a record. Fails when the record holds no `Event`. */
export function recordFields(nodes: readonly Node[]): Record<string, unknown> {
  const unfold = createUnfolder()
  const event = unfold.contents(nodes, []).elements.find((one) => one.element.name === 'Event')
  if (!event) throw new EvtxFault('evtx.no-event')
  const fields: Record<string, unknown> = {}
  const data: Record<string, unknown> = {}
  for (const part of unfold.contents(event.element.children, event.values).elements) {
    if (part.element.name === 'System') addSystem(fields, part, unfold)
    else {
      const texts = unfold.contents(part.element.children, part.values).texts
      if (texts.length > 0) addField(data, part.element.name, single(texts) as Scalar)
      addData(data, part, unfold)
    }
  }
  return mergeData(fields, data)
}

/** Adds data to the System fields. Where a name is taken (`Channel`, `Level` …), the datum is `EventData_<name>`. */
export function mergeData(fields: Record<string, unknown>, data: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(data)) addField(fields, name in fields ? `EventData_${name}` : name, value)
  return fields
}
