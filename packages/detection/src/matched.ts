/** What held, for a person: the fields a rule looks at, with their values in the event. */
import type { Event } from '@rampart/event'
import type { Selection, SigmaDocument } from '@rampart/sigma'
import { readPath } from './event-paths.ts'
import type { MatchedField } from './finding.ts'
import { fieldPath } from './pipeline.ts'

const maxFields = 12
const maxValueLength = 512

/** Names of the fields that the rule's positive selections read, in order, each once. Keywords read `message`. */
export function fieldsOf(documents: readonly SigmaDocument[]): string[] {
  const names = new Set<string>()
  for (const document of documents) {
    if (document.kind !== 'rule') continue
    const negated = document.detection.conditions.map(({ text }) => text).join(' ')
    for (const { name, selection } of document.detection.selections)
      if (!name.startsWith('filter') && !isNegated(name, negated)) collect(selection, names)
  }
  return [...names]
}

function isNegated(name: string, condition: string): boolean {
  return condition.split(/[\s()]+/).some((word, index, words) => word === name && words[index - 1] === 'not')
}

function collect(selection: Selection, names: Set<string>): void {
  if (selection.kind === 'any') for (const one of selection.alternatives) collect(one, names)
  else for (const item of selection.items) names.add(item.field ?? 'message')
}

/** The values those fields have in the event, in the rule's names; a field that is absent is left out. */
export function matchedFields(fields: readonly string[], event: Event, route: string): MatchedField[] {
  const matched: MatchedField[] = []
  for (const field of fields) {
    const path = fieldPath(route, field)
    const value = path && readPath(event, path)
    if (value !== undefined && value !== '') matched.push({ field, value: value.slice(0, maxValueLength) })
    if (matched.length >= maxFields) break
  }
  return matched
}
