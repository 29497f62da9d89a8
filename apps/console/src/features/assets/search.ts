/** The filters of the Assets page as they stand in its address. */
import { type AssetKind, assetKinds, type Edition, editions } from '@rampart/api/vocabulary'

export interface AssetSearch {
  alerting?: 'yes' | 'no'
  state?: AgentState[]
  kind?: AssetKind[]
  group?: string[]
  tag?: string[]
  edition?: Edition[]
  version?: string[]
  q?: string
  sort?: AssetSort
  order?: 'asc' | 'desc'
}

export const agentStates = ['online', 'offline', 'silent', 'never connected', 'uninstalled'] as const
export type AgentState = (typeof agentStates)[number]

export const assetSorts = ['name', 'group', 'state', 'version', 'edition', 'alerts', 'lastSeen', 'lost'] as const
export type AssetSort = (typeof assetSorts)[number]

const valuesMax = 100

/** Names of filters with several values. */
export const listFilters = ['state', 'kind', 'group', 'tag', 'edition', 'version'] as const
export type ListFilter = (typeof listFilters)[number]

export function readAssetSearch(search: Record<string, unknown>): AssetSearch {
  const read: AssetSearch = {}
  const texts = (name: string) =>
    [search[name]]
      .flat()
      .filter((value): value is string => typeof value === 'string')
      .slice(0, valuesMax)
  const known = <T extends string>(name: string, words: readonly T[]) => {
    const given = texts(name)
    return words.filter((word) => given.includes(word))
  }
  const put = <Name extends ListFilter>(name: Name, values: readonly string[]) => {
    if (values.length > 0) Object.assign(read, { [name]: values })
  }
  if (search.alerting === 'yes' || search.alerting === 'no') read.alerting = search.alerting
  put('state', known('state', agentStates))
  put('kind', known('kind', assetKinds))
  put('edition', known('edition', editions))
  for (const name of ['group', 'tag', 'version'] as const) put(name, texts(name))
  if (typeof search.q === 'string' && search.q) read.q = search.q.slice(0, 256)
  const sort = assetSorts.find((name) => name === search.sort)
  if (sort) read.sort = sort
  if (search.order === 'asc' || search.order === 'desc') read.order = search.order
  return read
}
