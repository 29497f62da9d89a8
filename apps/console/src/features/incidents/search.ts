/** The filters of the Incidents page as they stand in its address. Unknown names and values are dropped. */
import { type Level, levels, type Stage, stages } from '@rampart/api/vocabulary'
import type { IncidentFilter } from '../../api/investigation-queries.ts'

export interface IncidentSearch {
  state?: 'closed' | 'all'
  level?: Level[]
  stage?: Stage[]
  asset?: string[]
  assignee?: string
  q?: string
  sort?: 'level'
}

const listOf = <T extends string>(value: unknown, known: readonly T[]): T[] =>
  [value].flat().filter((one): one is T => known.includes(one as T))

export function readIncidentSearch(search: Record<string, unknown>): IncidentSearch {
  const read: IncidentSearch = {}
  if (search.state === 'closed' || search.state === 'all') read.state = search.state
  const level = listOf(search.level, levels)
  if (level.length > 0) read.level = level
  const stage = listOf(search.stage, stages)
  if (stage.length > 0) read.stage = stage
  const asset = [search.asset].flat().filter((one): one is string => typeof one === 'string' && one !== '')
  if (asset.length > 0) read.asset = asset
  if (typeof search.assignee === 'string' && search.assignee) read.assignee = search.assignee.slice(0, 128)
  if (typeof search.q === 'string' && search.q) read.q = search.q.slice(0, 256)
  if (search.sort === 'level') read.sort = 'level'
  return read
}

/** What the API is asked for. */
export const filterOf = (search: IncidentSearch): IncidentFilter => ({ state: 'open', ...search })

export const incidentTabs = ['overview', 'graph', 'alerts', 'entities', 'history'] as const
export type IncidentTab = (typeof incidentTabs)[number]

export function readIncidentTab(search: Record<string, unknown>): { tab?: IncidentTab } {
  const tab = incidentTabs.find((name) => name === search.tab)
  return tab ? { tab } : {}
}
