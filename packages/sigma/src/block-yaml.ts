// The plain block style that nearly every rule is written in, read directly: ten times as fast as a whole YAML parser.
// What is not exactly that style makes it give up, and the YAML parser reads the file; both give the same result.
import type { Place } from './issue.ts'
import type { SigmaLimits } from './limits.ts'
import type { Located, LocatedEntry, LocatedScalar, Scalar } from './located.ts'

/** Documents of the text, or undefined when the YAML parser has to read it (also to say what is wrong). */
export function readBlockYaml(text: string, limits: SigmaLimits): Located[] | undefined {
  if (/[\t\r\ufeff\u0085\u2028\u2029\0]|^[%.]|^\.\.\./m.test(text)) return undefined
  const documents: Located[] = []
  let line = 1
  for (const part of text.split(/^---(?:[ ]*|[ ]+#.*)$/m)) {
    const reader = new BlockReader(part.split('\n'), line, limits)
    line += reader.lineCount - 1
    if (part.trim() === '' || reader.isEmpty) continue
    const document = reader.read()
    if (!document) return undefined
    documents.push(document)
  }
  return documents.length > limits.maxDocuments ? undefined : documents
}

interface Line {
  number: number
  indent: number
  text: string
}

/** Thrown and caught in this file: the text is not of the plain block style. */
const giveUp = new Error('not plain block style')

const plainKey = /^([A-Za-z_][^:#"'{}[\],&*!>%@`?]*):(?: +|$)/
const quotedKey = /^'((?:[^']|'')*)':(?: +|$)/
const notPlainStart = /^[[\]{}&*!|>%@`"'#,?:]|^-(?: |$)/

class BlockReader {
  readonly lineCount: number
  private readonly raw: readonly string[]
  private readonly firstLine: number
  private readonly limits: SigmaLimits
  private readonly lines: Line[] = []
  private at = 0
  private nodes = 0

  constructor(raw: readonly string[], firstLine: number, limits: SigmaLimits) {
    this.raw = raw
    this.firstLine = firstLine
    this.limits = limits
    this.lineCount = raw.length
    for (const [index, line] of raw.entries()) {
      const text = line.trimStart()
      if (text !== '' && !text.startsWith('#'))
        this.lines.push({ number: firstLine + index, indent: line.length - text.length, text })
    }
  }

  get isEmpty(): boolean {
    return this.lines.length === 0
  }

  read(): Located | undefined {
    try {
      const first = this.lines[0]
      if (first?.indent !== 0) return undefined
      const document = this.block(0, 0)
      return this.at === this.lines.length ? document : undefined
    } catch (error) {
      if (error === giveUp) return undefined
      throw error
    }
  }

  /** The map or list whose lines have this indent. */
  private block(indent: number, depth: number): Located {
    if (depth > this.limits.maxDepth) throw giveUp
    const line = this.peek()
    if (line.text.startsWith('- ') || line.text === '-') return this.list(indent, depth)
    return this.map(indent, depth)
  }

  private list(indent: number, depth: number): Located {
    const place = placeOf(this.peek())
    this.count()
    const items: Located[] = []
    for (let line = this.lines[this.at]; line && line.indent === indent; line = this.lines[this.at]) {
      if (!/^-(?: |$)/.test(line.text)) break
      const rest = line.text.slice(1).trimStart()
      const inner = line.indent + line.text.length - rest.length
      if (rest === '' || rest.startsWith('#') || rest.startsWith('- ')) throw giveUp
      if (plainKey.test(rest) || quotedKey.test(rest)) {
        // a map that begins in the line of its dash
        this.lines[this.at] = { number: line.number, indent: inner, text: rest }
        items.push(this.map(inner, depth + 1))
      } else {
        this.at++
        items.push(this.scalar(rest, { line: line.number, column: inner + 1 }, indent))
      }
    }
    return { kind: 'list', items, ...place }
  }

  private map(indent: number, depth: number): Located {
    const place = placeOf(this.peek())
    if (depth > this.limits.maxDepth) throw giveUp
    this.count()
    const seen = new Set<string>()
    const entries: LocatedEntry[] = []
    for (let line = this.lines[this.at]; line && line.indent === indent; line = this.lines[this.at]) {
      if (line.text.startsWith('- ')) throw giveUp
      const plain = plainKey.exec(line.text)
      const found = plain ?? quotedKey.exec(line.text)
      if (!found) throw giveUp
      const key = plain ? (plain[1] ?? '') : (found[1] ?? '').replaceAll("''", "'")
      if (seen.has(key) || key.endsWith(' ') || key.includes(' #')) throw giveUp
      seen.add(key)
      const rest = line.text.slice(found[0].length)
      const valuePlace = { line: line.number, column: indent + found[0].length + 1 }
      this.at++
      const keyPlace = { line: line.number, column: indent + 1 }
      entries.push({ key, value: this.value(rest, valuePlace, indent, depth), ...keyPlace })
    }
    const after = this.lines[this.at]
    if (after && after.indent > indent) throw giveUp
    return { kind: 'map', entries, ...place }
  }

  private value(rest: string, place: Place, indent: number, depth: number): Located {
    if (rest !== '' && !rest.startsWith('#')) return this.scalar(rest, place, indent)
    const next = this.lines[this.at]
    const isList = next?.text.startsWith('- ') || next?.text === '-'
    if (next && (next.indent > indent || (isList && next.indent === indent))) return this.block(next.indent, depth + 1)
    // an empty value: only the parser knows where it says it is
    throw giveUp
  }

  /** A scalar in one line, or a literal block below it. `indent` is that of the line it begins in. */
  private scalar(rest: string, place: Place, indent: number): LocatedScalar {
    this.count()
    const first = rest.charAt(0)
    if (first === '|') return this.literal(rest, place, indent)
    this.refuseContinuation(indent)
    if (first === "'") return this.singleQuoted(rest, place)
    if (first === '"') return this.doubleQuoted(rest, place)
    if (notPlainStart.test(rest)) throw giveUp
    const comment = rest.indexOf(' #')
    const text = (comment < 0 ? rest : rest.slice(0, comment)).trimEnd()
    if (/:(?: |$)/.test(text)) throw giveUp
    return { kind: 'scalar', value: resolve(text), text, ...place }
  }

  private singleQuoted(rest: string, place: Place): LocatedScalar {
    const found = /^'((?:[^']|'')*)'(?: *| +#.*)$/.exec(rest)
    if (!found) throw giveUp
    const value = (found[1] ?? '').replaceAll("''", "'")
    return { kind: 'scalar', value, text: value, ...place }
  }

  private doubleQuoted(rest: string, place: Place): LocatedScalar {
    const found = /^"((?:[^"\\]|\\[\\"nt])*)"(?: *| +#.*)$/.exec(rest)
    if (!found) throw giveUp
    const value = (found[1] ?? '').replace(/\\([\\"nt])/g, (_all, letter: string) =>
      letter === 'n' ? '\n' : letter === 't' ? '\t' : letter,
    )
    return { kind: 'scalar', value, text: value, ...place }
  }

  /** `|` and `|-`: the lines below that are further in, without their common indent. */
  private literal(rest: string, place: Place, indent: number): LocatedScalar {
    const found = /^\|(-?)(?: *| +#.*)$/.exec(rest)
    if (!found) throw giveUp
    const start = place.line - this.firstLine + 1
    let end = start
    let inner = -1
    for (; end < this.raw.length; end++) {
      const line = this.raw[end] ?? ''
      const text = line.trimStart()
      if (text === '') {
        // blank lines that are longer than the indent keep their spaces
        if (line.length > 0) throw giveUp
        continue
      }
      const here = line.length - text.length
      if (inner < 0) inner = here
      if (here <= indent || here < inner) break
    }
    if (inner <= indent) throw giveUp
    // the line that ends the block must not stand between the two indents
    const after = this.raw[end]
    if (after !== undefined && after.length - after.trimStart().length > indent) throw giveUp
    const body = this.raw.slice(start, end).map((line) => line.slice(inner))
    while (body.length > 0 && body[body.length - 1] === '') body.pop()
    const value = body.join('\n') + (found[1] === '-' ? '' : '\n')
    while (this.at < this.lines.length && (this.lines[this.at]?.number ?? 0) < this.firstLine + end) this.at++
    return { kind: 'scalar', value, text: value, ...place }
  }

  /** A line further in would go on with the scalar. */
  private refuseContinuation(indent: number): void {
    const next = this.lines[this.at]
    if (next && next.indent > indent) throw giveUp
  }

  private count(): void {
    if (++this.nodes > this.limits.maxNodes) throw giveUp
  }

  private peek(): Line {
    const line = this.lines[this.at]
    if (!line) throw giveUp
    return line
  }
}

function placeOf(line: Line): Place {
  return { line: line.number, column: line.indent + 1 }
}

const number = /^[-+]?(?:\d+|0x[0-9a-fA-F]+|(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?)$/

/** The value of a plain scalar by the core schema of YAML 1.2. */
function resolve(text: string): Scalar {
  switch (text) {
    case 'true':
    case 'True':
    case 'TRUE':
      return true
    case 'false':
    case 'False':
    case 'FALSE':
      return false
    case 'null':
    case 'Null':
    case 'NULL':
    case '~':
      return null
  }
  // what else the schema knows is rare enough for the parser
  if (/^[-+]?\.(?:inf|nan)$|^0o|^[-+]0x/i.test(text)) throw giveUp
  return number.test(text) ? Number(text) : text
}
