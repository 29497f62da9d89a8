/** Handlers of routes/collection.ts. */
import type { Collection } from '@rampart/api'
import type { Context } from '../../context.ts'
import { introducerOf } from '../../ingest/introduced-assets.ts'
import { defaultCollection, type StoredCollection } from '../../store/collections.ts'
import type { Handlers } from '../call.ts'
import { Refused } from '../refused.ts'
import { hashOfToken } from './agents.ts'

const isLoopback = (listen: string) => /^(?:127\.|localhost:|\[::1\]:)/.test(listen)

export function collectionHandlers(context: Context): Pick<Handlers, 'getCollection' | 'setCollection'> {
  const { alerts, collections, decisions } = context
  const known = async (id: string) => (decisions.isRemoved(id) ? null : await alerts.asset(id))
  return {
    async getCollection({ id }) {
      return (await known(id)) ? toView(collections.get(id) ?? defaultCollection) : Refused.notFound('asset')
    },
    async setCollection({ id, body }) {
      if (!(await known(id))) return Refused.notFound('asset')
      if (introducerOf(id) !== null)
        return new Refused(409, {
          code: 'collection.no-agent',
          message: 'This server has no agent: its records come through another one. Decide there what is collected.',
        })
      const before = collections.get(id)?.receivers ?? []
      const receivers: StoredCollection['receivers'] = []
      for (const [at, { token, ...receiver }] of body.receivers.entries()) {
        const kept = before.find((one) => one.kind === receiver.kind && one.listen === receiver.listen)?.tokenSha256
        const tokenSha256 = token === undefined ? kept : token === null ? undefined : hashOfToken(token)
        if (receiver.kind === 'http' && tokenSha256 === undefined && !isLoopback(receiver.listen))
          return new Refused(400, {
            code: 'collection.token-needed',
            message: 'HTTP on an address other than loopback needs a token. Make one, and give it to the senders.',
            path: `body.receivers.${at}.token`,
          })
        receivers.push({ ...receiver, ...(tokenSha256 === undefined ? {} : { tokenSha256 }) })
      }
      const value: StoredCollection = { defaultLogs: body.defaultLogs, logs: body.logs, receivers }
      collections.set(id, value)
      context.agentPolicies.changed([id])
      return toView(value)
    },
  }
}

function toView({ receivers, ...rest }: StoredCollection): Collection {
  return {
    ...rest,
    receivers: receivers.map(({ tokenSha256, ...one }) => ({ ...one, hasToken: tokenSha256 !== undefined })),
  }
}
