// A condition text in, its tree out. Precedence from loose to tight: or, and, not, "x of", brackets.
import { type Place, Refusal } from './issue.ts'

/** The tree of a condition over the names of search identifiers. */
export type Condition =
  | { kind: 'name'; name: string }
  | { kind: 'of'; quantity: 'any' | 'all' | number; pattern: string }
  | { kind: 'not'; of: Condition }
  | { kind: 'and' | 'or'; of: readonly Condition[] }

/** The old `| count(field) by group > n` behind a condition. */
export interface Aggregation {
  function: string
  field: string | undefined
  groupBy: string | undefined
  operator: string
  value: number
}

interface Token {
  text: string
  offset: number
}

const maxDepth = 64

/** Reads a condition; throws a Refusal placed at the condition's key, with the column inside the condition in its message. */
export function parseCondition(text: string, place: Place): { condition: Condition; aggregation?: Aggregation } {
  const reader = new ConditionReader(text, place)
  return reader.read()
}

/** Longest aggregation that is read, UTF-16 units. */
const aggregationLimit = 1024

class ConditionReader {
  private readonly tokens: Token[] = []
  private position = 0
  private readonly text: string
  private readonly place: Place

  constructor(text: string, place: Place) {
    this.text = text
    this.place = place
    const expression = /[()|]|[^\s()|]+/g
    for (let match = expression.exec(text); match; match = expression.exec(text))
      this.tokens.push({ text: match[0], offset: match.index })
  }

  read(): { condition: Condition; aggregation?: Aggregation } {
    if (this.tokens.length === 0) throw this.refuse('the condition is empty')
    const condition = this.or(0)
    const next = this.peek()
    if (!next) return { condition }
    if (next.text === '|') {
      this.position++
      return { condition, aggregation: this.aggregation() }
    }
    throw this.refuse(`"${next.text}" cannot stand here`, next)
  }

  private or(depth: number): Condition {
    return this.series('or', depth, () => this.and(depth))
  }

  private and(depth: number): Condition {
    return this.series('and', depth, () => this.unary(depth))
  }

  private series(word: 'and' | 'or', depth: number, operand: () => Condition): Condition {
    if (depth > maxDepth) throw this.refuse(`the condition nests deeper than ${maxDepth} levels`, this.peek())
    const first = operand()
    const of = [first]
    while (this.peek()?.text.toLowerCase() === word) {
      this.position++
      of.push(operand())
    }
    return of.length === 1 ? first : { kind: word, of }
  }

  private unary(depth: number): Condition {
    let negated = false
    while (this.peek()?.text.toLowerCase() === 'not') {
      this.position++
      negated = !negated
    }
    const of = this.primary(depth)
    return negated ? { kind: 'not', of } : of
  }

  private primary(depth: number): Condition {
    const token = this.take()
    if (token.text === '(') {
      const inner = this.or(depth + 1)
      const close = this.peek()
      if (close?.text !== ')') throw this.refuse('a bracket is not closed', close ?? token)
      this.position++
      return inner
    }
    const word = token.text.toLowerCase()
    if (this.peek()?.text.toLowerCase() === 'of') {
      const isCount = /^[1-9]\d{0,3}$/.test(word)
      if (!isCount && word !== 'any' && word !== 'all')
        throw this.refuse(`"${token.text} of" is not a quantity; "1 of" and "all of" are`, token)
      this.position++
      const pattern = this.take()
      if (!/^[\w*.-]+$/.test(pattern.text)) throw this.refuse(`"${pattern.text}" is not a name or a pattern`, pattern)
      const quantity = word === 'all' ? 'all' : word === 'any' || word === '1' ? 'any' : Number(word)
      return { kind: 'of', quantity, pattern: pattern.text }
    }
    if (/^(and|or|not|of)$/.test(word) || /^[)|]$/.test(word))
      throw this.refuse(`a search identifier was expected, not "${token.text}"`, token)
    return { kind: 'name', name: token.text }
  }

  private aggregation(): Aggregation {
    const rest = this.text
      .slice(this.tokens[this.position - 1]?.offset)
      .slice(1)
      .trim()
    // Squeezed and cut first: the expression takes the square of what it is given.
    const found =
      /^(\w+) ?\( ?([^\s()]*) ?\) ?(?:by ([^\s<>=]+(?: ?, ?[^\s<>=,]+)*) ?)?(<=|>=|==|=|<|>) ?(-?\d+(?:\.\d+)?)$/i.exec(
        rest.slice(0, aggregationLimit).replace(/\s+/g, ' '),
      )
    if (!found) {
      const message = `the aggregation "${rest.slice(0, 80)}" cannot be translated`
      throw new Refusal('sigma.unsupported-aggregation', this.place, message)
    }
    const [, name = '', field, groupBy, operator = '', value] = found
    return { function: name.toLowerCase(), field: field || undefined, groupBy, operator, value: Number(value) }
  }

  private peek(): Token | undefined {
    return this.tokens[this.position]
  }

  private take(): Token {
    const token = this.tokens[this.position]
    if (!token) throw this.refuse('the condition ends too early')
    this.position++
    return token
  }

  private refuse(what: string, at?: Token): Refusal {
    const column = (at?.offset ?? this.text.length) + 1
    return new Refusal('sigma.bad-condition', this.place, `${what} (character ${column} of the condition)`)
  }
}

/** Whether a condition holds for a record that no search identifier holds for. */
export function holdsOfNothing(condition: Condition): boolean {
  if (condition.kind === 'not') return !holdsOfNothing(condition.of)
  if (condition.kind === 'and') return condition.of.every(holdsOfNothing)
  return condition.kind === 'or' && condition.of.some(holdsOfNothing)
}

/** Whether a name fits an "x of" pattern: `them` leaves out names that begin with an underscore, `*` is any text. */
export function fitsPattern(pattern: string, name: string): boolean {
  if (pattern.toLowerCase() === 'them') return !name.startsWith('_')
  const pieces = pattern.split('*')
  if (pieces.length === 1) return name === pattern
  const first = pieces[0] ?? ''
  const last = pieces[pieces.length - 1] ?? ''
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false
  let position = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, position)
    if (found < 0) return false
    position = found + piece.length
  }
  return position <= name.length - last.length
}
