/** Whether an alert that arrives by the live stream belongs to the list that is shown. */
import type { AlertRow } from '@rampart/api'
import { type AlertSearch, openStates, timeRanges } from './search.ts'

/**
 * What is not part of a row (asset group, traits of the evidence) makes the answer "perhaps", which counts as yes. `me`
 * is whom `@me` names.
 */
export function matchesSearch(row: AlertRow, search: AlertSearch, now: number, me = ''): boolean {
  const open = openStates.includes(row.state)
  if (!search.state && search.handled === undefined && !open) return false
  if (!search.state && search.handled === 'yes' && open) return false
  const any = (wanted: string[] | undefined, values: readonly string[]) =>
    !wanted || wanted.some((value) => values.includes(value))
  return (
    any(search.state, [row.state]) &&
    any(search.level, [row.level]) &&
    any(search.type, [row.type]) &&
    any(search.stage, row.stages) &&
    any(search.kind, [row.asset.kind]) &&
    any(search.asset, [row.asset.id]) &&
    any(search.model, [row.modelId]) &&
    any(search.technique, row.techniques) &&
    any(search.source, [row.sourceAddress ?? '']) &&
    any(search.assignee, [row.assignee ?? '@nobody', ...(row.assignee === me ? ['@me'] : [])]) &&
    (!search.from || row.lastAt >= search.from) &&
    (!search.to || row.lastAt <= search.to) &&
    (!search.last || new Date(row.lastAt).getTime() >= now - timeRanges[search.last]) &&
    (!search.q || hasWords(row, search.q))
  )
}

function hasWords(row: AlertRow, words: string): boolean {
  const text = [row.title, row.asset.name, ...row.asset.addresses, row.entity.value, row.sourceAddress ?? '']
    .join('\n')
    .toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
