// Literals and the clauses of rules that they show in, literals of each field out, in the order they were first wanted.
import type { LineLiterals } from './line-literals.ts'

const none: readonly number[] = []

export class Wanted {
  readonly literals: LineLiterals
  readonly keywords: number[] = []
  private readonly byField = new Map<string, number[]>()
  /** By literal: what it shows. */
  private readonly entries: (number[] | undefined)[]

  constructor(literals: LineLiterals) {
    this.literals = literals
    this.entries = new Array(literals.count).fill(undefined)
  }

  add(literal: number, entry: number): void {
    const known = this.entries[literal]
    if (known) {
      known.push(entry)
      return
    }
    while (this.entries.length <= literal) this.entries.push(undefined)
    this.entries[literal] = [entry]
    const paths = this.literals.pathsOf(literal)
    if (paths === undefined) this.keywords.push(literal)
    else
      for (let index = 0; index < paths.length; index++) {
        const name = paths[index]?.name ?? ''
        const ofField = this.byField.get(name)
        if (ofField) ofField.push(literal)
        else this.byField.set(name, [literal])
      }
  }

  of(field: string): readonly number[] {
    return this.byField.get(field) ?? none
  }

  get fields(): Iterable<string> {
    return this.byField.keys()
  }

  readonly entriesOf = (literal: number): readonly number[] => this.entries[literal] ?? none
}
