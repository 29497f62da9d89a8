/** Handlers of routes/assets.ts. */
import type { Context } from '../../context.ts'
import { isVisible } from '../asset-scope.ts'
import { listBanners, toAssetDetail, toAssetRow } from '../asset-view.ts'
import type { Handlers } from '../call.ts'
import { iso } from '../process-chain.ts'
import { Refused } from '../refused.ts'

export function assetHandlers(
  context: Context,
): Pick<Handlers, 'listAssets' | 'getAsset' | 'listBanners' | 'createEnrolmentToken'> {
  const { alerts } = context
  return {
    async listAssets({ query, scope }) {
      const counts = await alerts.countsByAsset()
      const words = (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
      const rows = (await alerts.assets())
        .filter((asset) => isVisible(scope, asset))
        .filter(({ id }) => !context.decisions.isRemoved(id))
        .map((asset) =>
          toAssetRow(asset, context.presence.agent(asset.id), context.presence.sensors(asset.id), counts.get(asset.id)),
        )
        .filter((row) => query.alerting === undefined || (query.alerting === 'yes') === counts.has(row.id))
        .filter((row) => query.state === undefined || row.agent.state === query.state)
        .filter((row) => {
          const text = [row.name, row.id, row.group ?? '', ...row.addresses, ...row.tags].join('\n').toLowerCase()
          return words.every((word) => text.includes(word))
        })
      const start = query.cursor === undefined ? 0 : rows.findIndex((row) => row.id === query.cursor) + 1
      const items = rows.slice(start, start + query.limit)
      const more = start + query.limit < rows.length
      return { items, nextCursor: more ? (items.at(-1)?.id ?? null) : null, total: rows.length }
    },
    async getAsset({ id }) {
      return (await toAssetDetail(context, id)) ?? Refused.notFound('asset')
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
      }
    },
  }
}
