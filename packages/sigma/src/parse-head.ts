// The keys every Sigma document shares: a located map in, checked metadata out.
import { derivedId } from './digest.ts'
import type { LogSource, SigmaLevel, SigmaStatus } from './document.ts'
import { makeIssue, Refusal, type SigmaIssue, type SigmaIssueCode } from './issue.ts'
import { describe, entryOf, type Located, type LocatedEntry, type LocatedMap, plain } from './located.ts'

const levels: readonly string[] = ['informational', 'low', 'medium', 'high', 'critical']
const statuses: readonly string[] = ['stable', 'test', 'experimental', 'deprecated', 'unsupported']

const sigmaKeys = new Set(
  [
    ['id', 'name', 'title', 'status', 'description', 'author', 'date', 'modified', 'taxonomy', 'references'],
    ['related', 'tags', 'fields', 'falsepositives', 'scope', 'license', 'level', 'logsource', 'detection'],
    ['correlation', 'filter', 'generate', 'action'],
  ].flat(),
)

/** Reads keys of one document and remembers what was odd about them. */
export class HeadReader {
  readonly issues: SigmaIssue[] = []
  readonly map: LocatedMap
  readonly path: string
  private readonly entries = new Map<string, LocatedEntry>()

  constructor(map: LocatedMap, path: string) {
    this.map = map
    this.path = path
    for (const entry of map.entries) this.entries.set(entry.key, entry)
  }

  issue(code: SigmaIssueCode, place: { line: number; column: number }, message: string): SigmaIssue {
    const subject: { id?: string; title?: string } = {}
    const id = this.entries.get('id')?.value
    const title = this.entries.get('title')?.value
    if (id?.kind === 'scalar' && id.value !== null) subject.id = id.text
    if (title?.kind === 'scalar' && title.value !== null) subject.title = String(title.value)
    return makeIssue(code, this.path, place, message, subject)
  }

  warn(code: SigmaIssueCode, place: { line: number; column: number }, message: string): void {
    this.issues.push(this.issue(code, place, message))
  }

  /** The metadata; throws a Refusal only where the document cannot be used. */
  head() {
    const custom: Record<string, unknown> = {}
    for (const entry of this.map.entries) if (!sigmaKeys.has(entry.key)) define(custom, entry.key, plain(entry.value))
    return {
      id: this.id(),
      name: this.text('name'),
      title: this.title(),
      status: this.oneOf('status', statuses) as SigmaStatus | undefined,
      description: this.text('description'),
      author: this.text('author'),
      date: this.text('date'),
      modified: this.text('modified'),
      taxonomy: this.text('taxonomy'),
      license: this.text('license'),
      level: this.oneOf('level', levels) as SigmaLevel | undefined,
      references: this.texts('references'),
      related: this.related(),
      tags: this.texts('tags'),
      fields: this.texts('fields'),
      falsepositives: this.texts('falsepositives'),
      scope: this.texts('scope'),
      path: this.path,
      line: this.map.line,
      column: this.map.column,
      custom,
    }
  }

  logsource(): LogSource {
    const entry = this.entries.get('logsource')
    if (!entry) throw new Refusal('sigma.missing-key', this.map, 'the key "logsource" is missing')
    const map = entry.value
    if (map.kind !== 'map') throw new Refusal('sigma.bad-key', entry, `logsource must be a map, not ${describe(map)}`)
    const source: LogSource = {}
    for (const { key, value, line, column } of map.entries) {
      if (key === 'definition') {
        if (value.kind === 'scalar' && value.value !== null) source.definition = String(value.value)
      } else if (key === 'category' || key === 'product' || key === 'service') {
        if (value.kind !== 'scalar')
          throw new Refusal('sigma.bad-key', { line, column }, `${key} must be a text, not ${describe(value)}`)
        if (value.value !== null) source[key] = String(value.value).toLowerCase()
      }
    }
    if (!source.category && !source.product && !source.service)
      throw new Refusal('sigma.missing-key', entry, 'logsource names no category, product or service')
    return source
  }

  private id(): string {
    const entry = this.entries.get('id')
    if (entry) {
      const { value } = entry
      if (value.kind === 'scalar' && value.value !== null && value.text.trim()) return value.text.trim()
      this.warn('sigma.odd-key', entry, `id must be a text, not ${describe(value)}`)
    }
    return derivedId(JSON.stringify(plain(this.map)))
  }

  private title(): string {
    const entry = this.entries.get('title')
    if (!entry) throw new Refusal('sigma.missing-key', this.map, 'the key "title" is missing')
    const { value } = entry
    if (value.kind !== 'scalar' || value.value === null || String(value.value).trim() === '')
      throw new Refusal('sigma.bad-key', entry, `title must be a text, not ${describe(value)}`)
    const title = String(value.value)
    if (title.length > 256) this.warn('sigma.odd-key', entry, `title has ${title.length} characters; 256 are allowed`)
    return title
  }

  private text(key: string): string | undefined {
    const entry = this.entries.get(key)
    if (!entry) return undefined
    const { value } = entry
    if (value.kind === 'scalar') return value.value === null ? undefined : String(value.value)
    this.warn('sigma.odd-key', entry, `${key} must be a text, not ${describe(value)}`)
    return undefined
  }

  private oneOf(key: string, allowed: readonly string[]): string | undefined {
    const text = this.text(key)?.toLowerCase()
    if (text === undefined || allowed.includes(text)) return text
    const place = this.entries.get(key) ?? this.map
    this.warn('sigma.odd-key', place, `${key} is "${text.slice(0, 80)}"; it must be one of ${allowed.join(', ')}`)
    return undefined
  }

  private texts(key: string): string[] {
    const entry = this.entries.get(key)
    if (!entry) return []
    const items: readonly Located[] = entry.value.kind === 'list' ? entry.value.items : [entry.value]
    const texts: string[] = []
    for (const item of items) {
      if (item.kind !== 'scalar') this.warn('sigma.odd-key', item, `${key} must hold texts, not ${describe(item)}`)
      else if (item.value !== null) texts.push(String(item.value))
    }
    return texts
  }

  private related(): { id: string; type: string }[] {
    const entry = this.entries.get('related')
    if (entry?.value.kind !== 'list') return []
    const related: { id: string; type: string }[] = []
    for (const item of entry.value.items) {
      if (item.kind !== 'map') continue
      const id = entryOf(item, 'id')?.value
      const type = entryOf(item, 'type')?.value
      if (id?.kind === 'scalar' && type?.kind === 'scalar')
        related.push({ id: String(id.value), type: String(type.value) })
    }
    return related
  }
}

/** Sets an own property, also for names such as `__proto__`. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}
