/** The filters of the Assets page as they stand in its address. */
export interface AssetSearch {
  alerting?: 'yes' | 'no'
  state?: AgentState
  q?: string
}

export const agentStates = ['online', 'offline', 'silent', 'never connected'] as const
export type AgentState = (typeof agentStates)[number]

export function readAssetSearch(search: Record<string, unknown>): AssetSearch {
  const read: AssetSearch = {}
  if (search.alerting === 'yes' || search.alerting === 'no') read.alerting = search.alerting
  const state = agentStates.find((name) => name === search.state)
  if (state) read.state = state
  if (typeof search.q === 'string' && search.q) read.q = search.q.slice(0, 256)
  return read
}
