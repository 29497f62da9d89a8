// Where a field's value is in a record: a literal key first, else its dotted name through nested objects and lists.

/** How deep lists and objects of a record are looked into. */
export const maxRecordDepth = 64

/** A compiled field name. `keys` is empty when the name has no dots. */
export interface FieldPath {
  name: string
  /** Whether every object has something of this name, so that only own properties count. */
  isInherited: boolean
  keys: readonly string[]
  /** Whether no key is a name that every object has. */
  isPlain: boolean
  /** From each key on, all of them joined: a literal key with dots below the first level. */
  rests: readonly string[]
}

const inherited = new Set(Object.getOwnPropertyNames(Object.prototype))

/** What a reader answers for a field that the record does not have. */
export const absent = undefined

export function fieldPath(name: string): FieldPath {
  const keys = name.includes('.') ? name.split('.') : []
  const isPlain = !keys.some((key) => inherited.has(key))
  const rests = keys.map((_, index) => keys.slice(index).join('.'))
  return { name, isInherited: inherited.has(name), keys, isPlain, rests }
}

function own(object: object, key: string): unknown {
  if (inherited.has(key) && !Object.hasOwn(object, key)) return absent
  return (object as Record<string, unknown>)[key]
}

/** The value at the path; `undefined` when there is none. A list on the way gives the list of its elements' values. */
export function readPath(record: object, path: FieldPath): unknown {
  const direct = path.isInherited ? own(record, path.name) : (record as Record<string, unknown>)[path.name]
  if (direct !== undefined || path.keys.length === 0) return direct
  return path.isPlain ? stepDown(record, path) : walk(record, path.keys, 0, 0)
}

/** What `walk` finds, quicker where there are no lists on the way. */
function stepDown(record: object, { keys, rests }: FieldPath): unknown {
  let value: unknown = record
  for (let index = 0; index < keys.length; index++) {
    if (typeof value !== 'object' || value === null) return absent
    if (Array.isArray(value))
      return index > 0 && index === keys.length - 1 ? ofElements(value, keys, index) : walk(record, keys, 0, 0)
    const direct: unknown = (value as Record<string, unknown>)[keys[index] ?? '']
    if (direct === undefined)
      return index < keys.length - 1 ? (value as Record<string, unknown>)[rests[index] ?? ''] : absent
    value = direct
  }
  return value
}

/** The last key in each element of a list of flat objects, as `walk` collects it. */
function ofElements(list: readonly unknown[], keys: readonly string[], index: number): unknown {
  const key = keys[index] ?? ''
  const found: unknown[] = []
  for (let number = 0; number < list.length; number++) {
    const element = list[number]
    if (typeof element !== 'object' || element === null) continue
    if (Array.isArray(element)) return walk(list, keys, index, index)
    const value: unknown = (element as Record<string, unknown>)[key]
    if (Array.isArray(value)) for (const each of value) found.push(each)
    else if (value !== undefined) found.push(value)
  }
  return found.length > 0 ? found : absent
}

function walk(value: unknown, keys: readonly string[], index: number, depth: number): unknown {
  if (index === keys.length) return value
  if (typeof value !== 'object' || value === null || depth > maxRecordDepth) return absent
  if (Array.isArray(value)) {
    const found: unknown[] = []
    for (const element of value) {
      const inner = walk(element, keys, index, depth + 1)
      if (Array.isArray(inner)) for (const each of inner) found.push(each)
      else if (inner !== undefined) found.push(inner)
    }
    return found.length > 0 ? found : absent
  }
  const direct = own(value, keys[index] ?? '')
  if (direct !== undefined) return walk(direct, keys, index + 1, depth + 1)
  // a literal key with dots below the first level
  if (index < keys.length - 1) {
    const rest = own(value, keys.slice(index).join('.'))
    if (rest !== undefined) return rest
  }
  return absent
}

/** The text a scalar is compared as; an object is compared as its JSON; undefined for null and absent values. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return undefined
  if (typeof value !== 'object') return String(value)
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
