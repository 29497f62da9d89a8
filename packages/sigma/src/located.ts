// A YAML document as plain data with places: what the readers of rules walk over.
import type { Place } from './issue.ts'

export type Scalar = string | number | boolean | null

/** A scalar; `text` is what stands in the source (numbers keep their spelling). */
export interface LocatedScalar extends Place {
  kind: 'scalar'
  value: Scalar
  text: string
}

export interface LocatedList extends Place {
  kind: 'list'
  items: readonly Located[]
}

export interface LocatedEntry extends Place {
  key: string
  value: Located
}

export interface LocatedMap extends Place {
  kind: 'map'
  entries: readonly LocatedEntry[]
}

export type Located = LocatedScalar | LocatedList | LocatedMap

/** The entry of a key, if the map has it. */
export function entryOf(map: LocatedMap, key: string): LocatedEntry | undefined {
  for (const entry of map.entries) if (entry.key === key) return entry
  return undefined
}

/** Plain JavaScript data of a tree, without places. Keys such as `__proto__` become own properties. */
export function plain(node: Located): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plain)
  return Object.fromEntries(node.entries.map((entry) => [entry.key, plain(entry.value)]))
}

/** What a node is, in words for a message. */
export function describe(node: Located): string {
  if (node.kind === 'list') return 'a list'
  if (node.kind === 'map') return 'a map'
  if (node.value === null) return 'null'
  return typeof node.value === 'string' ? 'a text' : `a ${typeof node.value}`
}
