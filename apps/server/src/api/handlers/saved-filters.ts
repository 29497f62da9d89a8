/** Handlers of routes/saved-filters.ts. */
import type { Context } from '../../context.ts'
import type { Handlers } from '../call.ts'
import { Refused } from '../refused.ts'

const perUser = 100

export function savedFilterHandlers({
  savedFilters,
  now,
}: Context): Pick<Handlers, 'listSavedFilters' | 'saveFilter' | 'changeSavedFilter' | 'deleteSavedFilter'> {
  return {
    async listSavedFilters({ session }) {
      return { items: savedFilters.of(session.user.name) }
    },
    async saveFilter({ body, session }) {
      if (savedFilters.count(session.user.name) >= perUser)
        return new Refused(409, { code: 'filter.too-many', message: `You have ${perUser} filters. Delete one first.` })
      return savedFilters.save(session.user.name, body, now())
    },
    async changeSavedFilter({ id, body, session }) {
      const me = session.user.name
      const before = savedFilters.get(id, me)
      if (!before) return Refused.notFound('saved filter')
      const { isDefault, ...change } = body
      if (Object.keys(change).length > 0) {
        if (before.owner !== me)
          return new Refused(403, {
            code: 'session.not-allowed',
            message: `Only ${before.owner} can change this filter.`,
          })
        if (!savedFilters.change({ ...before, ...change }))
          return new Refused(409, { code: 'filter.name-taken', message: 'You have a filter with this name already.' })
      }
      if (isDefault !== undefined && isDefault !== before.isDefault) savedFilters.beginWith(me, isDefault ? id : null)
      return savedFilters.get(id, me) ?? Refused.notFound('saved filter')
    },
    async deleteSavedFilter({ id, session }) {
      const filter = savedFilters.get(id, session.user.name)
      if (filter?.owner !== session.user.name) return Refused.notFound('saved filter')
      savedFilters.delete(id)
      return { ok: true }
    },
  }
}
