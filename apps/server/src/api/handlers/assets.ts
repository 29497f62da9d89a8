/** Handlers of routes/assets.ts. */
import type { Asset } from '@rampart/alert'
import type { AssetRow } from '@rampart/api'
import type { Announcer } from '../../announcer.ts'
import type { Context } from '../../context.ts'
import { listAssets } from '../asset-list.ts'
import { type AssetScope, isVisible } from '../asset-scope.ts'
import { listBanners, newerPackage, receiverOf, toAssetDetail, toAssetRow } from '../asset-view.ts'
import type { Handlers } from '../call.ts'
import { iso } from '../process-chain.ts'
import { Refused } from '../refused.ts'

/** Tags of one asset. */
const tagsMax = 50

export function assetHandlers(
  context: Context,
  announcer: Announcer,
): Pick<Handlers, 'listAssets' | 'changeAssets' | 'getAsset' | 'listBanners' | 'createEnrolmentToken'> {
  const { alerts, decisions, presence } = context
  /** Makes rows of assets that the caller sees. */
  async function rowMaker(scope: AssetScope) {
    const counts = await alerts.countsByAsset()
    const visible = (await alerts.assets()).filter((asset) => isVisible(scope, asset))
    const names = new Map(visible.map(({ id, name }) => [id, name]))
    const toRow = (asset: Asset) =>
      toAssetRow(
        asset,
        receiverOf(asset.id, (id) => names.get(id) ?? null),
        presence.agent(asset.id),
        presence.sensors(asset.id),
        counts.get(asset.id),
        context.response.offers.isolation(asset.id),
        newerPackage(context, asset.id),
      )
    return { visible, toRow }
  }
  return {
    async listAssets({ query, scope }) {
      const { visible, toRow } = await rowMaker(scope)
      const all = visible.filter((asset) => !decisions.isRemoved(asset.id)).map(toRow)
      const { rows, facets } = listAssets(all, query)
      const start = query.cursor === undefined ? 0 : rows.findIndex((row) => row.id === query.cursor) + 1
      const items = rows.slice(start, start + query.limit)
      const more = start + query.limit < rows.length
      return { items, nextCursor: more ? (items.at(-1)?.id ?? null) : null, total: rows.length, facets }
    },
    async changeAssets({ body, scope }) {
      const { ids, group, addTags, removeTags, edition } = body
      if (group !== undefined && scope !== null && (group === null || !scope.groups.includes(group)))
        return new Refused(403, {
          code: 'asset.group-not-allowed',
          message: 'You may move assets only into the groups that you see yourself.',
          path: 'body.group',
        })
      const changed: AssetRow[] = []
      const notFound: string[] = []
      const { toRow } = await rowMaker(scope)
      for (const id of new Set(ids)) {
        const before = await alerts.asset(id)
        if (!before || !isVisible(scope, before) || decisions.isRemoved(id)) {
          notFound.push(id)
          continue
        }
        const tags = [...new Set([...before.tags.filter((tag) => !removeTags.includes(tag)), ...addTags])].slice(
          0,
          tagsMax,
        )
        const asset = await alerts.saveAsset(
          { id, tags, ...(group !== undefined && { group }), ...(edition && { edition }) },
          context.now(),
        )
        context.switches.assetChanged(asset)
        changed.push(toRow(asset))
        announcer.assetChanged(id)
      }
      context.agentPolicies.changed(changed.map((row) => row.id))
      announcer.countsChanged()
      return { items: changed, notFound }
    },
    async getAsset({ id, scope }) {
      return (await toAssetDetail(context, id, scope)) ?? Refused.notFound('asset')
    },
    async listBanners({ scope }) {
      return { items: await listBanners(context, scope) }
    },
    async createEnrolmentToken({ body, session, host }) {
      const { id, token, expiresAt } = context.createToken({ ...body, by: session.user.name, host })
      return {
        id,
        token,
        expiresAt: iso(expiresAt),
        uses: body.uses,
        // Not as an argument: every user of that server could read it in the list of processes.
        command: `RAMPART_ENROLMENT_TOKEN=${token} ./rampart agent run`,
        install: await context.installCommand(token, host),
      }
    },
  }
}
