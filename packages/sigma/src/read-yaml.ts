// YAML text in, located documents out: bounded in size, depth and aliases; never throws.
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml'
import { readBlockYaml } from './block-yaml.ts'
import { makeIssue, type Place, Refusal, type SigmaIssue } from './issue.ts'
import type { SigmaLimits } from './limits.ts'
import type { Located, LocatedEntry, Scalar } from './located.ts'

/** The documents of a YAML text in order; one that cannot be read is left out and has an issue. */
export function readYaml(
  text: string,
  path: string,
  limits: SigmaLimits,
): { documents: Located[]; issues: SigmaIssue[] } {
  const issues: SigmaIssue[] = []
  const documents: Located[] = []
  if (text.length > limits.maxTextLength) {
    const message = `the file has ${text.length} characters; ${limits.maxTextLength} are allowed`
    return { documents, issues: [makeIssue('sigma.too-large', path, { line: 1, column: 1 }, message)] }
  }
  const plain = readBlockYaml(text, limits)
  if (plain) return { documents: plain, issues }
  return parseYaml(text, path, limits)
}

/** The same by the YAML parser, for texts that are not in plain block style. */
export function parseYaml(
  text: string,
  path: string,
  limits: SigmaLimits,
): { documents: Located[]; issues: SigmaIssue[] } {
  const issues: SigmaIssue[] = []
  const documents: Located[] = []
  const deep = tooDeep(text, limits.maxDepth)
  if (deep) {
    const message = `more than ${limits.maxDepth} levels are open here`
    return { documents, issues: [makeIssue('sigma.yaml-depth', path, deep, message)] }
  }
  const lines = new LineCounter()
  let parsed: ReturnType<typeof parseAllDocuments>
  try {
    parsed = parseAllDocuments(text, { lineCounter: lines, logLevel: 'silent', uniqueKeys: false, prettyErrors: false })
  } catch (error) {
    const message = error instanceof Error ? firstLine(error.message) : 'the text cannot be read'
    return { documents, issues: [makeIssue('sigma.yaml-syntax', path, { line: 1, column: 1 }, message)] }
  }
  if (!Array.isArray(parsed)) return { documents, issues }
  if (parsed.length > limits.maxDocuments) {
    const message = `the file has ${parsed.length} documents; ${limits.maxDocuments} are allowed`
    return { documents, issues: [makeIssue('sigma.too-many-documents', path, { line: 1, column: 1 }, message)] }
  }
  for (const document of parsed) {
    const error = document.errors[0]
    if (error) {
      issues.push(makeIssue('sigma.yaml-syntax', path, placeOf(lines, error.pos[0]), firstLine(error.message)))
      continue
    }
    // nothing between two marks is no document
    if (!document.contents || (isScalar(document.contents) && document.contents.source === '')) continue
    try {
      documents.push(new Converter(lines, limits, document).convert(document.contents as Node, 0))
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
      issues.push(makeIssue(refusal.code, path, refusal.place, refusal.message))
    }
  }
  return { documents, issues }
}

/** Turns the parser's nodes into located ones, counting what aliases multiply. */
class Converter {
  private nodes = 0
  private readonly open = new Set<Node>()
  private readonly lines: LineCounter
  private readonly limits: SigmaLimits
  private readonly document: Parameters<Node['toJS']>[0]

  constructor(lines: LineCounter, limits: SigmaLimits, document: Parameters<Node['toJS']>[0]) {
    this.lines = lines
    this.limits = limits
    this.document = document
  }

  convert(node: Node, depth: number): Located {
    const place = placeOf(this.lines, node.range?.[0] ?? 0)
    if (++this.nodes > this.limits.maxNodes)
      throw new Refusal('sigma.yaml-size', place, `the document has more than ${this.limits.maxNodes} nodes`)
    if (depth > this.limits.maxDepth)
      throw new Refusal('sigma.yaml-depth', place, `more than ${this.limits.maxDepth} levels are open here`)
    if (isAlias(node)) {
      const target = node.resolve(this.document)
      if (!target) throw new Refusal('sigma.yaml-syntax', place, `the alias "*${node.source}" has no anchor`)
      if (this.open.has(target))
        throw new Refusal('sigma.yaml-size', place, `the alias "*${node.source}" contains itself`)
      return this.convert(target, depth)
    }
    if (isScalar(node)) {
      const value = node.value
      const text = node.source ?? String(value)
      return { kind: 'scalar', value: isPlainScalar(value) ? value : String(value), text, ...place }
    }
    this.open.add(node)
    let located: Located
    if (isSeq(node)) {
      const items = node.items.map((item) => (item ? this.convert(item as Node, depth + 1) : nullAt(place)))
      located = { kind: 'list', items, ...place }
    } else if (isMap(node)) {
      located = { kind: 'map', entries: this.entries(node.items, place, depth), ...place }
    } else {
      throw new Refusal('sigma.yaml-syntax', place, 'this is neither a scalar, a list nor a map')
    }
    this.open.delete(node)
    return located
  }

  private entries(pairs: readonly { key: unknown; value: unknown }[], mapPlace: Place, depth: number): LocatedEntry[] {
    const seen = new Set<string>()
    const entries: LocatedEntry[] = []
    for (const pair of pairs) {
      const keyNode = pair.key as Node | null
      const place = keyNode?.range ? placeOf(this.lines, keyNode.range[0]) : mapPlace
      const resolved = isAlias(keyNode) ? keyNode.resolve(this.document) : keyNode
      if (resolved && !isScalar(resolved)) throw new Refusal('sigma.yaml-syntax', place, 'a key must be a text')
      const key = resolved ? String(resolved.source ?? resolved.value ?? '') : ''
      if (seen.has(key)) throw new Refusal('sigma.duplicate-key', place, `the key "${key}" stands twice in this map`)
      seen.add(key)
      const value = pair.value ? this.convert(pair.value as Node, depth + 1) : nullAt(place)
      entries.push({ key, value, ...place })
    }
    return entries
  }
}

function isPlainScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function nullAt(place: Place): Located {
  return { kind: 'scalar', value: null, text: '', line: place.line, column: place.column }
}

function placeOf(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

function firstLine(message: string): string {
  const end = message.indexOf('\n')
  return end < 0 ? message : message.slice(0, end)
}

/**
 * Where the text opens more levels than allowed, before a recursive parser sees it: flow brackets that are not closed,
 * block indentation, and runs of "- - -" in one line. Brackets inside quotes count too, which only matters far beyond
 * what a rule holds, because each line starts anew unless a bracket is open from a previous one.
 */
function tooDeep(text: string, maxDepth: number): Place | undefined {
  const limit = maxDepth * 8
  let open = 0
  let line = 1
  let lineStart = 0
  let dashes = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 10) {
      line++
      lineStart = index + 1
      dashes = 0
    } else if (code === 91 || code === 123) {
      if (++open > limit) return { line, column: index - lineStart + 1 }
    } else if (code === 93 || code === 125) {
      if (open > 0) open--
    } else if ((code === 45 || code === 63 || code === 58) && text.charCodeAt(index + 1) === 32) {
      if (++dashes > limit) return { line, column: index - lineStart + 1 }
    }
  }
  return undefined
}
