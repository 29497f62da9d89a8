// The source of a regular expression in, texts that every match must contain out. Conservative: what it does not
// understand demands nothing.

/** Texts of which one must occur. */
type Texts = readonly string[]

const maxTexts = 300
const maxDepth = 20

/** Clauses of texts: of each clause one text occurs in every match. Case is not regarded; the caller folds. */
export function regexClauses(source: string): Texts[] {
  const reader = new LiteralReader(source)
  const clauses = reader.alternation(0)
  return reader.isWhole ? clauses.filter((texts) => texts.length <= maxTexts && texts.every((text) => text !== '')) : []
}

class LiteralReader {
  private position = 0
  private failed = false
  private readonly source: string

  constructor(source: string) {
    this.source = source
  }

  get isWhole(): boolean {
    return !this.failed && this.position >= this.source.length
  }

  /** Branches joined: the first clause of all of them, the second of all of them, and so on. */
  alternation(depth: number): Texts[] {
    if (depth > maxDepth) this.failed = true
    const branches = [this.concatenation(depth)]
    while (!this.failed && this.source[this.position] === '|') {
      this.position++
      branches.push(this.concatenation(depth))
    }
    const [only] = branches
    if (branches.length === 1 && only) return only
    const longestFirst = branches.map((clauses) =>
      [...clauses].sort((first, second) => shortest(second) - shortest(first)),
    )
    const count = Math.min(...branches.map((clauses) => clauses.length))
    return Array.from({ length: count }, (_, index) => longestFirst.flatMap((clauses) => clauses[index] ?? []))
  }

  private concatenation(depth: number): Texts[] {
    const clauses: Texts[] = []
    let text = ''
    const flush = (): void => {
      if (text) clauses.push([text])
      text = ''
    }
    while (!this.failed && this.position < this.source.length) {
      const character = this.source[this.position] ?? ''
      if (character === '|' || character === ')') break
      const piece = this.piece(character, depth)
      const times = this.quantifier()
      if (typeof piece === 'string') {
        // a repeated character still stands at least once; what follows it need not be beside it
        if (times === 'once') text += piece
        else {
          if (times === 'some') text += piece
          flush()
        }
      } else {
        flush()
        if (times !== 'maybe') clauses.push(...piece)
      }
    }
    flush()
    return clauses
  }

  /** One character as text, or the clauses of a group; an empty list for what demands nothing. */
  private piece(character: string, depth: number): string | Texts[] {
    if (character === '(') return this.group(depth)
    if (character === '[') return this.characterClass()
    if (character === '\\') return this.escape()
    this.position++
    if (character === '.' || character === '^' || character === '$') return []
    const code = this.source.codePointAt(this.position - 1) ?? 0
    if (code > 0xffff) {
      this.position++
      return String.fromCodePoint(code)
    }
    return character
  }

  private group(depth: number): Texts[] {
    const head = /^\((?:\?(?:[a-zA-Z]*:|P?<\w+>|[imsU-]*\)))?/.exec(this.source.slice(this.position))?.[0] ?? '('
    this.position += head.length
    if (head.endsWith(')')) return []
    if (head === '(' && this.source[this.position] === '?') {
      this.failed = true
      return []
    }
    const clauses = this.alternation(depth + 1)
    if (this.source[this.position] === ')') this.position++
    else this.failed = true
    return clauses
  }

  private characterClass(): Texts[] {
    let index = this.position + 1
    if (this.source[index] === '^') index++
    if (this.source[index] === ']') index++
    while (index < this.source.length && this.source[index] !== ']') {
      if (this.source.startsWith('[:', index)) {
        const end = this.source.indexOf(':]', index + 2)
        index = end < 0 ? index + 1 : end + 2
      } else index += this.source[index] === '\\' ? 2 : 1
    }
    if (index >= this.source.length) this.failed = true
    this.position = index + 1
    return []
  }

  private escape(): string | Texts[] {
    const next = this.source[this.position + 1] ?? ''
    this.position += 2
    if (/[dDsSwWbBAz]/.test(next)) return []
    if (next !== '' && /[^a-zA-Z0-9]/.test(next)) return next
    this.failed = true
    return []
  }

  private quantifier(): 'once' | 'some' | 'maybe' {
    const found = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})[?+]?/.exec(this.source.slice(this.position, this.position + 20))
    if (!found) return 'once'
    this.position += found[0].length
    if (found[0].startsWith('+')) return 'some'
    return found[1] !== undefined && Number(found[1]) > 0 ? 'some' : 'maybe'
  }
}

function shortest(texts: Texts): number {
  return Math.min(...texts.map((text) => text.length))
}
