/** Rules that concern one model or type → the few of them that a finding can meet, however many there are. */
import { type CompiledPattern, valuesOf, type Whitelistable, type WhitelistRule } from './whitelist-pattern.ts'

export interface Entry {
  rule: WhitelistRule
  pattern: CompiledPattern
  /** In the order of the rules. */
  place: number
}

/** UTF-16 units of the part of a contained text by which it is found; no contained text is shorter. */
const partLength = 3

/** Entries by what has to stand in one field. */
interface FieldIndex {
  equal: Map<string, Entry[]>
  /** By one part of the contained text: the rarest among the rules. */
  parts: Map<string, Entry[]>
}

/** Holds entries by one condition each that has to be met: the whole value of a field, or a part of it. */
export class WhitelistIndex {
  readonly #fields = new Map<string, FieldIndex>()
  /** Entries that only their expressions decide. */
  readonly #others: Entry[] = []

  constructor(entries: readonly Entry[]) {
    const frequency = partFrequency(entries)
    for (const entry of entries) {
      const { conditions } = entry.rule
      const equals = conditions.find(({ operator }) => operator === 'equals')
      const contains = conditions.find(({ operator }) => operator === 'contains')
      if (equals) push(this.#field(equals.field).equal, equals.value, entry)
      else if (contains) {
        const rarest = partsOf(contains.value).reduce((best, part) =>
          (frequency.get(part) ?? 0) < (frequency.get(best) ?? 0) ? part : best,
        )
        push(this.#field(contains.field).parts, rarest, entry)
      } else this.#others.push(entry)
    }
  }

  #field(name: string): FieldIndex {
    const known = this.#fields.get(name)
    if (known) return known
    const made: FieldIndex = { equal: new Map(), parts: new Map() }
    this.#fields.set(name, made)
    return made
  }

  /** Every entry whose conditions may hold, in the order of the rules. Linear in the length of the values. */
  candidates(finding: Whitelistable): Entry[] {
    const found = new Set(this.#others)
    for (const [name, { equal, parts }] of this.#fields)
      for (const value of valuesOf(finding, name)) {
        for (const entry of equal.get(value) ?? []) found.add(entry)
        if (parts.size === 0) continue
        for (let at = 0; at + partLength <= value.length; at++)
          for (const entry of parts.get(value.slice(at, at + partLength)) ?? []) found.add(entry)
      }
    return [...found].sort((one, other) => one.place - other.place)
  }
}

function partsOf(text: string): string[] {
  return Array.from({ length: text.length - partLength + 1 }, (_, at) => text.slice(at, at + partLength))
}

function partFrequency(entries: readonly Entry[]): Map<string, number> {
  const frequency = new Map<string, number>()
  for (const { rule } of entries)
    for (const { operator, value } of rule.conditions)
      if (operator === 'contains')
        for (const part of new Set(partsOf(value))) frequency.set(part, (frequency.get(part) ?? 0) + 1)
  return frequency
}

function push(index: Map<string, Entry[]>, key: string, entry: Entry): void {
  const entries = index.get(key)
  if (entries) entries.push(entry)
  else index.set(key, [entry])
}
