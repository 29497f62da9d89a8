// Names of fields in, the keys that they are spelled with out: as one key, and as keys of objects within objects.

/** What the kernel does at a key beside its field's number; see struct key of kernel/line.h. */
const keyFlags = { inner: 1 << 16, dotted: 1 << 17, obscure: 1 << 18 } as const

/** A key in the object of another one. */
export interface TreeKey {
  text: string
  /** Undefined for a key of the record itself. */
  parent: TreeKey | undefined
  /** The number of its field, and flags; never zero. */
  field: number
  /** Keys of its object. */
  inside: Map<string, TreeKey>
}

/** Every key after the one in whose object it is. `fieldOf` numbers the fields from 1. */
export function keyTree(fieldOf: ReadonlyMap<string, number>): TreeKey[] {
  const all: TreeKey[] = []
  const root = new Map<string, TreeKey>()
  const add = (parent: TreeKey | undefined, text: string, field: number): TreeKey => {
    const siblings = parent?.inside ?? root
    let key = siblings.get(text)
    if (!key) {
      key = { text, parent, field: 0, inside: new Map() }
      siblings.set(text, key)
      all.push(key)
    }
    key.field |= field
    return key
  }
  for (const [name, field] of fieldOf) {
    const parts = name.split('.')
    const last = parts.pop() ?? ''
    add(undefined, name, field | (parts.length > 0 ? keyFlags.dotted : 0))
    if (parts.length === 0) continue
    let parent: TreeKey | undefined
    for (const [index, part] of parts.entries()) {
      parent = add(parent, part, keyFlags.inner)
      // a literal key with dots below the first level
      if (index < parts.length - 1) add(parent, [...parts.slice(index + 1), last].join('.'), keyFlags.obscure)
    }
    add(parent, last, field)
  }
  return all
}
