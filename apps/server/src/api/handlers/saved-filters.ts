/** Handlers of routes/saved-filters.ts. */
import type { Context } from '../../context.ts'
import type { FilterReader } from '../../store/saved-filters.ts'
import type { AssetScope } from '../asset-scope.ts'
import type { Handlers } from '../call.ts'
import type { SignedIn, TokenCaller } from '../caller.ts'
import { Refused } from '../refused.ts'

const perUser = 100

export function savedFilterHandlers({
  savedFilters,
  now,
}: Context): Pick<Handlers, 'listSavedFilters' | 'saveFilter' | 'changeSavedFilter' | 'deleteSavedFilter'> {
  return {
    async listSavedFilters({ query, session, scope }) {
      return { items: savedFilters.of(readerOf(session, scope)).filter(({ page }) => page === query.page) }
    },
    async saveFilter({ body, session, scope }) {
      if (savedFilters.count(session.user.name) >= perUser)
        return new Refused(409, { code: 'filter.too-many', message: `You have ${perUser} filters. Delete one first.` })
      return savedFilters.save(readerOf(session, scope), body, now())
    },
    async changeSavedFilter({ id, body, session, scope }) {
      const me = readerOf(session, scope)
      const before = savedFilters.get(id, me)
      if (!before) return Refused.notFound('saved filter')
      const { isDefault, ...change } = body
      if (isDefault !== undefined && before.page !== 'alerts')
        return new Refused(400, {
          code: 'request.invalid',
          message: 'Only a filter of the alert list can be begun with.',
        })
      if (Object.keys(change).length > 0) {
        if (before.owner !== me.name)
          return new Refused(403, {
            code: 'session.not-allowed',
            message: `Only ${before.owner} can change this filter.`,
          })
        if (!savedFilters.change({ ...before, ...change }, scope))
          return new Refused(409, { code: 'filter.name-taken', message: 'You have a filter with this name already.' })
      }
      if (isDefault !== undefined && isDefault !== before.isDefault)
        savedFilters.beginWith(me.name, isDefault ? id : null)
      return savedFilters.get(id, me) ?? Refused.notFound('saved filter')
    },
    async deleteSavedFilter({ id, session, scope }) {
      const filter = savedFilters.get(id, readerOf(session, scope))
      if (filter?.owner !== session.user.name) return Refused.notFound('saved filter')
      savedFilters.delete(id)
      return { ok: true }
    },
  }
}

function readerOf(session: SignedIn | TokenCaller, scope: AssetScope): FilterReader {
  return { name: session.user.name, scope, isPerson: session.by === 'session' }
}
