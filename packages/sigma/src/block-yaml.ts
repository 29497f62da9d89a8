// The plain block style that nearly every rule is written in, read directly: much faster than a whole YAML parser.
// What is not exactly that style makes it give up, and the YAML parser reads the file; both give the same result.
import type { SigmaLimits } from './limits.ts'
import type { Located, LocatedEntry, LocatedMap, LocatedScalar, Scalar } from './located.ts'
import {
  beginsNoScalar,
  beginsValue,
  colon,
  dash,
  doubleQuote,
  endsKey,
  goesOn,
  hash,
  isKeyStart,
  pipe,
  quote,
  resolve,
  space,
} from './plain-scalar.ts'

/** Documents of the text, or undefined when the YAML parser has to read it (also to say what is wrong). */
export function readBlockYaml(text: string, limits: SigmaLimits): Located[] | undefined {
  for (const character of unread) if (text.includes(character)) return undefined
  // tabs may stand in comments
  if (text.includes('\t') && /^(?! *#).*\t/m.test(text)) return undefined
  const documents: Located[] = []
  let line = 1
  for (const part of partsOf(text)) {
    const reader = new BlockReader(part, line, limits)
    if (!reader.isEmpty) {
      const document = reader.read()
      if (!document) return undefined
      documents.push(document)
    }
    line = reader.lastLine
  }
  return documents.length > limits.maxDocuments ? undefined : documents
}

/** What may end or indent a line otherwise than a line feed and spaces do. */
const unread = ['\r', '\0', '\ufeff', '\u0085', '\u2028', '\u2029']

/** What stands between the marks of documents; the rest of a mark's line belongs to what follows. */
function partsOf(text: string): readonly string[] {
  const hasMark = text.startsWith('---') || text.includes('\n---')
  return hasMark ? text.split(/^---(?:[ ]*|[ ]+#.*)$/m) : [text]
}

/** Thrown and caught in this file: the text is not of the plain block style. */
const giveUp = new Error('not plain block style')

/** The YAML parser refuses keys of more than 1,024 characters. */
const maxKeyLength = 1_000

/** More keys than this are told apart by a set. */
const fewKeys = 16

/** Reads one document, line by line; blank lines and comments are passed over. */
class BlockReader {
  private readonly text: string
  private readonly limits: SigmaLimits
  /** The line that is read: its number, start, first character that is no space, and end; its indent, -1 behind the last. */
  private line: number
  private start = 0
  private from = 0
  private end = -1
  private indent = -1
  private nodes = 0
  private isCut = false

  constructor(text: string, firstLine: number, limits: SigmaLimits) {
    this.text = text
    this.limits = limits
    this.line = firstLine - 1
    this.next()
  }

  get isEmpty(): boolean {
    return this.indent < 0
  }

  /** The number of the text's last line, once all of it is read. */
  get lastLine(): number {
    return this.line
  }

  read(): Located | undefined {
    try {
      if (this.indent !== 0) return undefined
      const document = this.block(0)
      return this.indent < 0 ? document : undefined
    } catch (error) {
      if (error === giveUp) return undefined
      throw error
    }
  }

  private next(): void {
    const { text } = this
    for (let start = this.end + 1; start <= text.length; start = this.end + 1) {
      const found = text.indexOf('\n', start)
      this.end = found < 0 ? text.length : found
      this.line++
      const from = this.afterSpaces(start)
      if (from === this.end || text.charCodeAt(from) === hash) continue
      this.start = start
      this.from = from
      this.indent = from - start
      return
    }
    this.indent = -1
  }

  private afterSpaces(from: number): number {
    let at = from
    while (this.text.charCodeAt(at) === space) at++
    return at
  }

  /** The map or list whose lines have the indent of this one. */
  private block(depth: number): Located {
    if (depth > this.limits.maxDepth) throw giveUp
    return this.isItem() ? this.list(depth) : this.map(depth)
  }

  private isItem(): boolean {
    return this.text.charCodeAt(this.from) === dash && this.isEdge(this.from + 1)
  }

  /** Whether a space or the end of the line is there. */
  private isEdge(at: number): boolean {
    return at === this.end || this.text.charCodeAt(at) === space
  }

  /** Whether a scalar begins in the line of its own. */
  private isScalar(): boolean {
    return !this.isItem() && this.keyEnd() < 0 && this.text.charCodeAt(this.from) !== pipe
  }

  private list(depth: number): Located {
    const { line, indent } = this
    this.count()
    const items: Located[] = []
    while (this.indent === indent && this.isItem()) {
      const from = this.afterSpaces(this.from + 1)
      const first = this.text.charCodeAt(from)
      if (from === this.end || first === hash || (first === dash && this.isEdge(from + 1))) throw giveUp
      this.from = from
      if (this.keyEnd() < 0) items.push(this.scalar(indent))
      else {
        // a map that begins in the line of its dash
        this.indent = from - this.start
        items.push(this.map(depth + 1))
      }
    }
    return { kind: 'list', items, line, column: indent + 1 }
  }

  private map(depth: number): LocatedMap {
    const { line, indent } = this
    if (depth > this.limits.maxDepth) throw giveUp
    this.count()
    const entries: LocatedEntry[] = []
    let many: Set<string> | undefined
    while (this.indent === indent) {
      const keyLine = this.line
      const end = this.keyEnd()
      if (end < 0) throw giveUp
      const key = this.key(end)
      if (entries.length === fewKeys) many = new Set(entries.map((entry) => entry.key))
      if (many ? many.has(key) : hasKey(entries, key)) throw giveUp
      many?.add(key)
      this.from = this.afterSpaces(end + 1)
      entries.push({ key, value: this.value(indent, depth), line: keyLine, column: indent + 1 })
    }
    if (this.indent > indent) throw giveUp
    return { kind: 'map', entries, line, column: indent + 1 }
  }

  /** Where the colon is behind the key that the rest of the line begins with; -1 when it begins with none. */
  private keyEnd(): number {
    const { text, end } = this
    const first = text.charCodeAt(this.from)
    let at = this.from + 1
    if (first === quote) {
      at = this.closingQuote(at) + 1
      return at > 0 && text.charCodeAt(at) === colon && this.isEdge(at + 1) ? at : -1
    }
    if (!isKeyStart(first)) return -1
    for (let code = text.charCodeAt(at); at < end && (code > 127 || endsKey[code] === 0); code = text.charCodeAt(at))
      at++
    return text.charCodeAt(at) === colon && this.isEdge(at + 1) ? at : -1
  }

  private key(end: number): string {
    const { text, from } = this
    if (end - from > maxKeyLength) throw giveUp
    if (text.charCodeAt(from) !== quote) {
      if (text.charCodeAt(end - 1) === space) throw giveUp
      return text.slice(from, end)
    }
    const key = text.slice(from + 1, end - 1).replaceAll("''", "'")
    if (key.endsWith(' ') || key.includes(' #')) throw giveUp
    return key
  }

  /** The quote that ends the text from there, two quotes being one of its characters; -1 when none does. */
  private closingQuote(from: number): number {
    const { text, end } = this
    for (let at = text.indexOf("'", from); at >= 0 && at < end; at = text.indexOf("'", at + 2))
      if (text.charCodeAt(at + 1) !== quote) return at
    return -1
  }

  private value(indent: number, depth: number): Located {
    if (this.from < this.end && this.text.charCodeAt(this.from) !== hash) return this.scalar(indent)
    const { line } = this
    const column = this.from - this.start + 1
    this.next()
    if (this.indent > indent && this.isScalar()) {
      // behind a comment it may be refused
      if (this.line !== line + 1) throw giveUp
      return this.scalar(indent)
    }
    if (this.indent > indent || (this.indent === indent && this.isItem())) return this.block(depth + 1)
    this.count()
    return { kind: 'scalar', value: null, text: '', line, column }
  }

  /** A scalar in the rest of the line, or a literal block below it. `indent` is that of the line it begins in. */
  private scalar(indent: number): LocatedScalar {
    this.count()
    const { line } = this
    const column = this.from - this.start + 1
    const first = this.text.charCodeAt(this.from)
    let text: string
    let value: Scalar
    if (first === pipe) {
      text = this.literal(indent)
      value = text
    } else if (first === quote || first === doubleQuote) {
      text = first === quote ? this.singleQuoted() : this.doubleQuoted()
      value = text
      this.next()
    } else {
      text = this.plain(first, indent)
      const resolved = first < 128 && beginsValue[first] === 1 ? resolve(text) : text
      if (resolved === undefined) throw giveUp
      value = resolved
    }
    // a line further in would go on with the scalar
    if (this.indent > indent) throw giveUp
    return { kind: 'scalar', value, text, line, column }
  }

  /** The text of this line and of those below that are further in, which go on with it. */
  private plain(first: number, indent: number): string {
    const isWord = first !== dash && first !== colon
    if (isWord ? first < 128 && beginsNoScalar[first] === 1 : this.isEdge(this.from + 1)) throw giveUp
    let text = this.plainLine()
    while (this.indent > indent) {
      if (this.isCut || !goesOn(this.text.charCodeAt(this.from))) throw giveUp
      text += ` ${this.plainLine()}`
    }
    return text
  }

  /** Reads a line of a plain scalar; `isCut` when it cannot go on with the next one. */
  private plainLine(): string {
    const { text, from, end, line } = this
    let to = from
    let before = 0
    for (let code = text.charCodeAt(to); to < end; code = text.charCodeAt(++to)) {
      if (code === hash && before === space) break
      if (code === colon && this.isEdge(to + 1)) throw giveUp
      before = code
    }
    const hasComment = to < end
    while (text.charCodeAt(to - 1) === space) to--
    this.next()
    this.isCut = hasComment || this.line !== line + 1
    return text.slice(from, to)
  }

  private singleQuoted(): string {
    const { text, from } = this
    const end = this.closingQuote(from + 1)
    if (end < 0 || !this.endsBehind(end + 1)) throw giveUp
    const value = text.slice(from + 1, end)
    return value.includes("'") ? value.replaceAll("''", "'") : value
  }

  private doubleQuoted(): string {
    const rest = this.text.slice(this.from, this.end)
    const found = /^"((?:[^"\\]|\\(?:[\\"nt]|u[0-9a-fA-F]{4}))*)"(?: *| +#.*)$/.exec(rest)
    if (!found) throw giveUp
    const value = found[1] ?? ''
    return value.includes('\\') ? value.replace(/\\(?:u(....)|(.))/g, escaped) : value
  }

  /** Whether nothing but a comment follows in the line. */
  private endsBehind(at: number): boolean {
    const rest = this.afterSpaces(at)
    return rest === this.end || (rest > at && this.text.charCodeAt(rest) === hash)
  }

  /** `|` and `|-`: the lines below that are further in, without their common indent. */
  private literal(indent: number): string {
    const { text } = this
    const strips = text.charCodeAt(this.from + 1) === dash
    if (!this.endsBehind(this.from + (strips ? 2 : 1))) throw giveUp
    const lines: string[] = []
    let inner = -1
    let start = this.end + 1
    while (start < text.length) {
      const found = text.indexOf('\n', start)
      const end = found < 0 ? text.length : found
      const from = this.afterSpaces(start)
      // blank lines that are longer than the indent keep their spaces
      if (from === end && from > start) throw giveUp
      if (from < end) {
        if (inner < 0) inner = from - start
        // the line that ends the block must not stand between the two indents
        if (from - start > indent && from - start < inner) throw giveUp
        if (from - start <= indent) break
      }
      lines.push(from < end ? text.slice(start + inner, end) : '')
      this.line++
      this.end = end
      start = end + 1
    }
    if (inner <= indent) throw giveUp
    while (lines[lines.length - 1] === '') lines.pop()
    this.next()
    return lines.join('\n') + (strips ? '' : '\n')
  }

  private count(): void {
    if (++this.nodes > this.limits.maxNodes) throw giveUp
  }
}

function escaped(_all: string, digits: string | undefined, letter: string): string {
  if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16))
  return letter === 'n' ? '\n' : letter === 't' ? '\t' : letter
}

function hasKey(entries: readonly LocatedEntry[], key: string): boolean {
  for (const entry of entries) if (entry.key === key) return true
  return false
}
