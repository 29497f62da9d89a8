// The source of a regular expression in, texts that every match must contain out. Conservative: what it does not
// understand demands nothing.
import type { TextShape } from './expression.ts'
import { gramLength } from './gram.ts'
import { type Quantifier, readClass, readEscape, readQuantifier } from './regex-syntax.ts'

/** A text that stands somewhere in every text the expression is found in. Case is not regarded; the caller folds. */
export interface RegexText {
  shape: TextShape
  text: string
}

/** Of each clause one text occurs. */
export type RegexClause = readonly RegexText[]

/** Texts of a clause, and clauses of an expression. */
const maxTexts = 256
const maxClauses = 12
/** Endings that are made in all; groups that repeat are read twice. */
const maxWork = 200_000
const maxDepth = 20
/** Characters of a text: more would not be rarer. */
const maxLength = 24
/** Texts among which those are looked for that another one makes needless. */
const maxCompared = 64

/**
 * One of several texts that stand right before the place that is read; `whole` when nothing stands before it, `closed`
 * when it only stands somewhere before the place.
 */
interface Ending {
  text: string
  whole: boolean
  closed: boolean
}

/** What is known at one place of the expression. */
interface Known {
  endings: readonly Ending[]
  clauses: RegexClause[]
}

const nothing: readonly Ending[] = [{ text: '', whole: false, closed: false }]

/** Clauses of texts: of each clause one text occurs in every text that the expression is found in. */
export function regexClauses(source: string, { multiline }: { multiline: boolean }): RegexClause[] {
  const reader = new LiteralReader(source, multiline)
  const { endings, clauses } = reader.alternation({ endings: nothing, clauses: [] }, 0)
  if (!reader.isWhole) return []
  const last = clauseOf(endings, 'inside')
  return (last ? [...clauses, last] : clauses)
    .filter((clause) => clause.length <= maxTexts)
    .sort((first, second) => shortest(second) - shortest(first))
    .slice(0, maxClauses)
}

class LiteralReader {
  private position = 0
  private work = 0
  private failed = false
  private readonly source: string
  private readonly multiline: boolean

  constructor(source: string, multiline: boolean) {
    this.source = source
    // a flag that is set inside counts for all of it
    this.multiline = multiline || /\(\?[a-zA-Z]*m/.test(source)
  }

  get isWhole(): boolean {
    return !this.failed && this.position >= this.source.length
  }

  /** Every branch goes on from the same endings; together they end in one of theirs. */
  alternation(before: Known, depth: number): Known {
    if (depth > maxDepth) this.failed = true
    const start = this.position
    const known = this.branches(before, depth)
    if (known || this.failed) return known ?? before
    // too many with what stands before them: that is a clause of its own
    this.position = start
    const apart: Known = { endings: nothing, clauses: [...before.clauses] }
    keep(apart, before.endings)
    return this.branches(apart, depth) ?? apart
  }

  /** Undefined when there are too many texts. */
  private branches(before: Known, depth: number): Known | undefined {
    const branches = [this.branch(before, depth)]
    while (!this.failed && this.source[this.position] === '|') {
      this.position++
      branches.push(this.branch(before, depth))
    }
    const [only] = branches
    if (only && branches.length === 1) return { endings: only.endings, clauses: [...before.clauses, ...only.clauses] }
    // where another branch demands something, endings demand it too
    if (branches.some((branch) => branch.clauses.length > 0))
      for (const branch of branches) keep(branch, branch.endings)
    const clauses = united(branches)
    const endings = distinct(branches.flatMap((branch) => branch.endings))
    const isFull = endings.length > maxTexts || clauses.some((clause) => clause.length > maxTexts)
    if (isFull && before.endings !== nothing) return undefined
    return { endings: isFull ? nothing : endings, clauses: [...before.clauses, ...clauses] }
  }

  private branch({ endings }: Known, depth: number): Known {
    let known: Known = { endings, clauses: [] }
    while (!this.failed && this.position < this.source.length) {
      const character = this.source[this.position] ?? ''
      if (character === '|' || character === ')') break
      this.work += 1 + known.endings.length
      if (this.work > maxWork) this.failed = true
      known = character === '(' ? this.group(known, depth) : this.piece(character, known)
    }
    return known
  }

  private piece(character: string, known: Known): Known {
    const characters = this.characters(character)
    const quantifier = this.quantifier()
    if (typeof characters !== 'string') return repeated(quantifier, known, (before) => follow(before, characters))
    if (characters === 'stays' || quantifier.kind !== 'once') return known
    if (characters === 'start') return { ...known, endings: known.endings.map(atStart) }
    const after: Known = { endings: nothing, clauses: [...known.clauses] }
    const clause = clauseOf(known.endings, 'end')
    if (clause) after.clauses.push(clause)
    return after
  }

  private quantifier(): Quantifier {
    const quantifier = readQuantifier(this.source, this.position)
    this.position += quantifier.length
    if (quantifier.length > 0 && readQuantifier(this.source, this.position).length > 0) this.failed = true
    return quantifier
  }

  /** The characters of which one is read here, no list when they are too many; or what an assertion does. */
  private characters(character: string): readonly string[] | undefined | 'stays' | 'start' | 'end' {
    if (character === '[') {
      const found = readClass(this.source, this.position)
      if (!found) this.failed = true
      else this.position += found.length
      return found?.characters
    }
    if (character === '\\') {
      const found = readEscape(this.source, this.position)
      if (!found) this.failed = true
      else this.position += found.length
      return found && 'assertion' in found ? found.assertion : found?.characters
    }
    const code = this.source.codePointAt(this.position) ?? 0
    this.position += code > 0xffff ? 2 : 1
    if (character === '^') return this.multiline ? 'stays' : 'start'
    if (character === '$') return this.multiline ? 'stays' : 'end'
    // what ignores case beyond ASCII has more forms than folding knows
    return character === '.' || code > 127 ? undefined : [character]
  }

  private group(known: Known, depth: number): Known {
    const rest = this.source.slice(this.position, this.position + 80)
    const head = /^\((?:\?(?:[a-zA-Z]*(?:-[a-zA-Z]+)?:|P?<\w+>|[a-zA-Z]*(?:-[a-zA-Z]+)?\)))?/.exec(rest)?.[0] ?? '('
    this.position += head.length
    if (head.endsWith(')')) return known
    if (head === '(' && this.source[this.position] === '?') {
      this.failed = true
      return known
    }
    const inside = this.position
    const read = (before: Known): Known => {
      this.position = inside
      const after = this.alternation(before, depth + 1)
      if (this.source[this.position] === ')') this.position++
      else this.failed = true
      return after
    }
    const once = read(known)
    const quantifier = this.quantifier()
    const end = this.position
    const after = repeated(quantifier, known, (before) => (before === known ? once : read(before)))
    this.position = end
    return after
  }
}

/** What is known behind something that is read as often as the quantifier says. */
function repeated(quantifier: Quantifier, known: Known, read: (before: Known) => Known): Known {
  const first = read(known)
  if (quantifier.kind === 'once') return first
  if (quantifier.kind === 'maybe') return either(known, first)
  // the last time may follow anything
  const last = read({ endings: nothing, clauses: [] })
  const again: Known = { endings: last.endings, clauses: [] }
  if (quantifier.kind === 'any') return either(known, again)
  const after: Known = { endings: last.endings, clauses: [...first.clauses] }
  keep(after, first.endings)
  return after
}

/** Endings of both; what only one of them demands is not demanded. */
function either(known: Known, other: Known): Known {
  const endings = distinct([...known.endings, ...other.endings])
  // among more endings these might say little
  const after: Known = { endings: endings.length <= maxTexts ? endings : nothing, clauses: [...known.clauses] }
  keep(after, known.endings)
  return after
}

/** Each ending with each of the characters; one that is rare enough by itself is not multiplied. */
function follow(known: Known, characters: readonly string[] | undefined): Known {
  const after: Known = { endings: nothing, clauses: known.clauses }
  if (characters) {
    const enough = characters.length > 1 ? gramLength : maxLength
    const endings = distinct(known.endings.flatMap((ending) => extended(ending, characters, enough)))
    if (endings.length <= maxTexts) return { ...after, endings }
  }
  after.clauses = [...known.clauses]
  keep(after, known.endings)
  return characters ? follow({ endings: nothing, clauses: after.clauses }, characters) : after
}

function extended(ending: Ending, characters: readonly string[], enough: number): readonly Ending[] {
  const { text, whole, closed } = ending
  if (closed) return [ending]
  if (text.length >= enough) return [{ text, whole, closed: true }]
  return characters.map((character) => ({ text: text + character.toLowerCase(), whole, closed: false }))
}

function keep(known: Known, endings: readonly Ending[]): void {
  const clause = clauseOf(endings, 'inside')
  if (clause) known.clauses.push(clause)
}

/** The endings as a clause; none when one of them demands nothing. */
function clauseOf(endings: readonly Ending[], where: 'inside' | 'end'): RegexClause | undefined {
  const found = new Map<string, RegexText>()
  for (const { text, whole, closed } of endings) {
    if (text === '') return undefined
    const isEnd = where === 'end' && !closed
    const shape = isEnd ? (whole ? 'equals' : 'endswith') : whole ? 'startswith' : 'contains'
    found.set(`${shape} ${text}`, { shape, text })
  }
  const texts = [...found.values()]
  if (texts.length > maxCompared) return texts
  // what another text demands anyway
  const inside = texts.filter(({ shape }) => shape === 'contains')
  return texts.filter((each) => !inside.some((other) => other !== each && each.text.includes(other.text)))
}

function atStart(ending: Ending): Ending {
  return ending.text === '' ? { ...ending, whole: true } : ending
}

function distinct(endings: readonly Ending[]): Ending[] {
  return [...new Map(endings.map((ending) => [`${ending.whole} ${ending.closed} ${ending.text}`, ending])).values()]
}

/** The first clause of all branches together, the second of all of them, and so on while all have one. */
function united(branches: readonly Known[]): RegexClause[] {
  const longestFirst = branches.map(({ clauses }) =>
    [...clauses].sort((first, second) => shortest(second) - shortest(first)),
  )
  const count = Math.min(...branches.map(({ clauses }) => clauses.length))
  return Array.from({ length: count }, (_, index) => longestFirst.flatMap((clauses) => clauses[index] ?? []))
}

function shortest(clause: RegexClause): number {
  return Math.min(...clause.map(({ shape, text }) => text.length + (shape === 'contains' ? 0 : 1)))
}
