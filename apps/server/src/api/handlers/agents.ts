/** Handlers of routes/agents.ts. */
import { createHash, randomBytes } from 'node:crypto'
import type { EnrolmentTokenRow } from '@rampart/api'
import type { Context } from '../../context.ts'
import type { StoredToken } from '../../store/agent-decisions.ts'
import { type AssetScope, isVisible } from '../asset-scope.ts'
import type { Handlers } from '../call.ts'
import { iso } from '../process-chain.ts'
import { Refused } from '../refused.ts'

const uninstallMinutes = 60

/** Names a token without giving it away: the start of its hash. */
export const tokenId = (hash: string) => hash.slice(0, 16)
export const hashOfToken = (token: string) => createHash('sha256').update(token).digest('hex')

type AgentRoute =
  | 'listEnrolmentTokens'
  | 'getEnrolmentToken'
  | 'cancelEnrolmentToken'
  | 'revokeAgent'
  | 'removeAsset'
  | 'setAgentSettings'
  | 'createUninstallToken'

export function agentHandlers(context: Context): Pick<Handlers, AgentRoute> {
  const { alerts, decisions, now } = context

  async function toRow(token: StoredToken, scope: AssetScope): Promise<EnrolmentTokenRow> {
    const servers: EnrolmentTokenRow['servers'] = []
    for (const { assetId, at } of decisions.enrolments(token.hash)) {
      const asset = await alerts.asset(assetId)
      if (!asset || !isVisible(scope, asset)) continue
      servers.push({
        id: assetId,
        name: asset.name,
        enrolledAt: iso(at),
        agent: context.presence.agent(assetId)?.state ?? 'never connected',
        eventsReceived: await alerts.eventsReceived(assetId),
      })
    }
    return {
      id: tokenId(token.hash),
      state: token.expiresAt <= now() ? 'expired' : token.usesLeft > 0 ? 'open' : 'used up',
      uses: token.uses,
      usesLeft: token.usesLeft,
      expiresAt: iso(token.expiresAt),
      createdBy: token.createdBy,
      createdAt: iso(token.createdAt),
      servers,
      refused: decisions.refusedSince(token.createdAt),
    }
  }
  const find = (id: string) => decisions.tokens(now()).find(({ hash }) => tokenId(hash) === id)
  const known = async (id: string) => (decisions.isRemoved(id) ? null : await alerts.asset(id))

  return {
    async listEnrolmentTokens({ scope }) {
      return { items: await Promise.all(decisions.tokens(now()).map((token) => toRow(token, scope))) }
    },
    async getEnrolmentToken({ id, scope }) {
      const token = find(id)
      return token ? toRow(token, scope) : Refused.notFound('token')
    },
    async cancelEnrolmentToken({ id }) {
      const token = find(id)
      if (!token || !decisions.cancelToken(token.hash)) return Refused.notFound('token')
      return { ok: true }
    },
    async revokeAgent({ id, body, session }) {
      if (!(await known(id))) return Refused.notFound('asset')
      return { certificates: context.revokeAgent(id, `taken back by ${session.user.name}: ${body.reason}`) }
    },
    async removeAsset({ id, session }) {
      if (!(await known(id))) return Refused.notFound('asset')
      decisions.remove(id, session.user.name, now())
      context.inventory.store.remove(id)
      context.revokeAgent(id, `the server was removed by ${session.user.name}`)
      return { ok: true }
    },
    async setAgentSettings({ id, body }) {
      if (!(await known(id))) return Refused.notFound('asset')
      decisions.setSpoolMegabytes(id, body.spoolMegabytes)
      context.agentPolicies.changed([id])
      return body
    },
    async createUninstallToken({ id, session }) {
      if (!(await known(id))) return Refused.notFound('asset')
      const token = `rampart-uninstall.${randomBytes(24).toString('base64url')}`
      const expiresAt = now() + uninstallMinutes * 60_000
      decisions.addUninstallToken(hashOfToken(token), id, expiresAt, session.user.name, now())
      // Not as an argument: every user of that server could read it in the list of processes.
      return { token, expiresAt: iso(expiresAt), command: `printf %s '${token}' | rampart-agent uninstall` }
    },
  }
}
