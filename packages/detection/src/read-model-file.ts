/** Text of a rule.yml → the model document as plain data, its log sources, its Sigma documents, and where everything stands. */
import { parseSigma, type SigmaDocument, type SigmaIssue } from '@rampart/sigma'
import { type Document, isMap, LineCounter, parseAllDocuments } from 'yaml'
import type { ModelIssue, ModelIssueCode } from './issue.ts'
import type { LogSourceMatch } from './log-sources.ts'

export interface Place {
  /** 1-based. */
  line: number
  column: number
}

export interface ModelFile {
  /** The document with the `rampart:` block, as plain data. */
  value: unknown
  /** Log sources of all its documents. */
  sources: LogSourceMatch[]
  /** Whether there is a detection or correlation for the Sigma engine. */
  hasRule: boolean
  sigma: { documents: SigmaDocument[]; issues: SigmaIssue[] }
  /** Where the deepest existing node along the keys of the model document stands. */
  placeOf(keys: readonly PropertyKey[]): Place
}

const maxTextLength = 256 * 1024
const maxAliases = 50

/**
 * Reads the file. A good file is parsed once, by the Sigma reader; only one that is not plainly good (or whose places are
 * asked for) is parsed as YAML a second time.
 */
export function readModelFile(text: string, path: string): ModelFile | ModelIssue {
  if (text.length > maxTextLength) return issue('model.too-large', path, `more than ${maxTextLength} characters`)
  return readThroughSigma(text, path) ?? readYaml(text, path)
}

function issue(code: ModelIssueCode, path: string, message: string, place: Place = { line: 1, column: 1 }): ModelIssue {
  return { code, path, ...place, message }
}

function readThroughSigma(text: string, path: string): ModelFile | undefined {
  const sigma = parseSigma(text, path)
  if (sigma.issues.some(({ severity }) => severity === 'error')) return undefined
  const own = sigma.documents.filter(({ custom }) => custom.rampart !== undefined)
  const [document] = own
  // The Sigma reader makes an id where there is none; a model must have its own.
  if (!document || own.length > 1 || !text.includes(`id: ${document.id}`)) return undefined
  const { id, title, status, description, references, author, date, tags, falsepositives, level, custom } = document
  const { rampart } = custom
  let slow: ModelFile | ModelIssue | undefined
  return {
    value: { id, title, status, description, references, author, date, tags, falsepositives, level, rampart },
    sources: sigma.documents.flatMap((one) => (one.kind === 'correlation' ? [] : [one.logsource])),
    hasRule: true,
    sigma,
    placeOf(keys) {
      slow ??= readYaml(text, path)
      return 'code' in slow ? slow : slow.placeOf(keys)
    },
  }
}

function readYaml(text: string, path: string): ModelFile | ModelIssue {
  const lines = new LineCounter()
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  let values: unknown[]
  let documents: Document[]
  try {
    const parsed = parseAllDocuments(text, { lineCounter: lines, logLevel: 'silent', prettyErrors: false })
    documents = [...parsed] as Document[]
    for (const { errors } of documents) {
      const [error] = errors
      if (error) return issue('model.invalid-yaml', path, error.message, at(error.pos[0]))
    }
    values = documents.map((document) => document.toJS({ maxAliasCount: maxAliases }))
  } catch (error) {
    return issue('model.invalid-yaml', path, error instanceof Error ? error.message : 'not YAML')
  }
  const has = (key: string) => documents.filter(({ contents }) => isMap(contents) && contents.has(key))
  const own = has('rampart')
  const [document] = own
  if (!document) return issue('model.no-rampart-block', path, 'no document has a `rampart:` block')
  if (own.length > 1)
    return issue(
      'model.several-rampart-blocks',
      path,
      'one document carries the `rampart:` block; the others are its base rules',
      at(own[1]?.contents?.range?.[0] ?? 0),
    )
  const hasRule = has('detection').length + has('correlation').length > 0
  return {
    value: values[documents.indexOf(document)],
    sources: values.flatMap((value) => (value as { logsource?: LogSourceMatch } | null)?.logsource ?? []),
    hasRule,
    sigma: hasRule ? parseSigma(text, path) : { documents: [], issues: [] },
    placeOf(keys) {
      for (let length = keys.length; length > 0; length--) {
        const node = document.getIn(keys.slice(0, length), true) as { range?: [number, number, number] } | undefined
        if (node?.range) return at(node.range[0])
      }
      return at(document.contents?.range?.[0] ?? 0)
    },
  }
}
