/** Handlers of routes/inventory.ts. */
import type { InventorySearchPage } from '@rampart/api'
import type { Context } from '../../context.ts'
import { comparePackageVersions } from '../../inventory/package-version.ts'
import { toThing } from '../../inventory/questions.ts'
import { isVisible } from '../asset-scope.ts'
import type { Handlers } from '../call.ts'
import { iso } from '../process-chain.ts'
import { Refused } from '../refused.ts'

export function inventoryHandlers(
  context: Context,
): Pick<Handlers, 'getInventory' | 'listInventoryThings' | 'listInventoryChanges' | 'searchInventory'> {
  const { alerts, decisions, inventory, presence, now } = context
  const { questions } = inventory
  const known = async (id: string) => !decisions.isRemoved(id) && (await alerts.asset(id)) !== null
  return {
    async getInventory({ id }) {
      if (!(await known(id))) return Refused.notFound('asset')
      const agent = presence.agent(id)
      return {
        agent: agent?.state ?? 'never connected',
        lastSeenAt: agent?.lastSeenAt ? iso(agent.lastSeenAt) : null,
        supported: inventory.isSupported(id),
        kinds: questions.kinds(id, now()),
      }
    },
    async listInventoryThings({ id, query }) {
      return (await known(id)) ? questions.things(id, query) : Refused.notFound('asset')
    },
    async listInventoryChanges({ id, query }) {
      return (await known(id)) ? questions.changes(id, query) : Refused.notFound('asset')
    },
    async searchInventory({ query, scope }) {
      const visible = new Map(
        (await alerts.assets())
          .filter((asset) => isVisible(scope, asset) && !decisions.isRemoved(asset.id))
          .map((asset) => [asset.id, asset]),
      )
      const { rows, cut } = questions.byWord(query.kind, query.name)
      const items: InventorySearchPage['items'] = []
      for (const { asset_id: id, collected_at, ...row } of rows) {
        const asset = visible.get(id)
        if (!asset) continue
        const thing = toThing(row)
        if (query.version !== undefined && !passes(String(thing.facts.version ?? ''), query.test, query.version))
          continue
        const state = presence.agent(id)?.state ?? 'never connected'
        items.push({ ...thing, asset: { id, name: asset.name, agent: state }, collectedAt: iso(collected_at) })
      }
      items.sort((one, other) => text(one.asset.name, other.asset.name) || text(one.name, other.name))
      const start = Number(query.cursor ?? 0) || 0
      const end = start + query.limit
      return {
        items: items.slice(start, end),
        nextCursor: end < items.length ? String(end) : null,
        total: items.length,
        assets: new Set(items.map(({ asset }) => asset.id)).size,
        told: questions.tellers(query.kind).filter((id) => visible.has(id)).length,
        cut,
      }
    },
  }
}

const text = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

function passes(version: string, test: 'is' | 'below' | 'at least', wanted: string): boolean {
  const order = comparePackageVersions(version, wanted)
  return test === 'is' ? order === 0 : test === 'below' ? order < 0 : order >= 0
}
