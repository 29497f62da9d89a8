// Rule collections of Sigma 1: documents with action global, reset or repeat in, whole rules out.
import { derivedId } from './digest.ts'
import { makeIssue, type SigmaIssue } from './issue.ts'
import { entryOf, type Located, type LocatedEntry, type LocatedMap } from './located.ts'

/** Merges what `global` and `repeat` documents say into the rules they concern. */
export function expandCollection(
  documents: readonly Located[],
  path: string,
): { documents: LocatedMap[]; issues: SigmaIssue[] } {
  const issues: SigmaIssue[] = []
  const expanded: LocatedMap[] = []
  const given = new Map<string, number>()
  /** Rules that share the id of a global document, or of what they repeat, have it once; the others derive theirs. */
  const add = (rule: LocatedMap, own: LocatedMap): void => {
    const id = entryOf(rule, 'id')
    if (id?.value.kind !== 'scalar' || id.value.value === null) {
      expanded.push(rule)
      return
    }
    const text = id.value.text.trim()
    const count = (given.get(text) ?? 0) + 1
    given.set(text, count)
    if (count === 1 || entryOf(own, 'id')) expanded.push(rule)
    else {
      const derived = derivedId(JSON.stringify([text, count]))
      const value: Located = { ...id.value, value: derived, text: derived }
      expanded.push({ ...rule, entries: rule.entries.map((each) => (each === id ? { ...id, value } : each)) })
    }
  }
  let global: LocatedMap | undefined
  let previous: LocatedMap | undefined
  for (const document of documents) {
    if (document.kind !== 'map') {
      const what = document.kind === 'list' ? 'list' : 'scalar'
      issues.push(makeIssue('sigma.not-a-rule', path, document, `the document is a ${what}`))
      continue
    }
    const action = entryOf(document, 'action')
    if (!action) {
      previous = global ? merge(global, document) : document
      add(previous, document)
      continue
    }
    const word = action.value.kind === 'scalar' ? action.value.value : undefined
    const body: LocatedMap = { ...document, entries: document.entries.filter(({ key }) => key !== 'action') }
    if (word === 'global') global = global ? merge(global, body) : body
    else if (word === 'reset') global = undefined
    else if (word === 'repeat' && previous) {
      previous = merge(previous, body)
      add(previous, body)
    } else {
      const message =
        word === 'repeat' ? 'there is no rule before this repeat' : `action is "${String(word).slice(0, 40)}"`
      issues.push(makeIssue('sigma.bad-collection', path, action, message))
    }
  }
  return { documents: expanded, issues }
}

/** Deep merge of maps: what `over` says wins; lists and scalars are replaced whole. The place is that of `over`. */
function merge(base: LocatedMap, over: LocatedMap): LocatedMap {
  const entries: LocatedEntry[] = base.entries.map((entry) => {
    const other = entryOf(over, entry.key)
    if (!other) return entry
    if (entry.value.kind === 'map' && other.value.kind === 'map')
      return { ...other, value: merge(entry.value, other.value) }
    return other
  })
  for (const entry of over.entries) if (!entryOf(base, entry.key)) entries.push(entry)
  return { kind: 'map', entries, line: over.line, column: over.column }
}
