/** Tab and filters of the Models page as they stand in its address. */
import { alertTypes, levels, stages } from '@rampart/api/vocabulary'

export const modelTabs = ['stages', 'attack', 'list'] as const
export type ModelTab = (typeof modelTabs)[number]

export interface ModelSearch {
  tab?: ModelTab
  q?: string
  type?: string
  stage?: string
  level?: string
  technique?: string
}

export function readModelSearch(search: Record<string, unknown>): ModelSearch {
  const read: ModelSearch = {}
  const tab = modelTabs.find((name) => name === search.tab)
  if (tab) read.tab = tab
  const oneOf = (values: readonly string[], value: unknown) => values.find((candidate) => candidate === value)
  const type = oneOf(alertTypes, search.type)
  const stage = oneOf(stages, search.stage)
  const level = oneOf(levels, search.level)
  if (type) read.type = type
  if (stage) read.stage = stage
  if (level) read.level = level
  if (typeof search.q === 'string' && search.q) read.q = search.q.slice(0, 256)
  if (typeof search.technique === 'string' && /^T\d{4}(\.\d{3})?$/i.test(search.technique)) {
    read.technique = search.technique.toUpperCase()
  }
  return read
}
