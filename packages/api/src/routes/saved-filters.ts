/** Routes of saved filters of the alert list and of saved searches. */
import { savedFilter, savedFilterChange, savedFilterDraft, savedFilterQuery } from '../saved-filters.ts'
import { items, nothing, type Route } from './route.ts'

export const savedFilterRoutes = {
  listSavedFilters: {
    method: 'GET',
    path: '/api/v1/saved-filters',
    summary: 'Saved filters: your own, and those that others share',
    role: 'viewer',
    scope: 'visible',
    query: savedFilterQuery,
    response: items(savedFilter),
  },
  saveFilter: {
    method: 'POST',
    path: '/api/v1/saved-filters',
    summary: 'Save a filter of the alert list, or a search',
    role: 'viewer',
    scope: 'none',
    body: savedFilterDraft,
    response: savedFilter,
    refuses: ['filter.too-many'],
  },
  changeSavedFilter: {
    method: 'PATCH',
    path: '/api/v1/saved-filters/:id',
    summary: 'Rename, renew or share a saved filter of yours; begin with any that you see',
    role: 'viewer',
    scope: 'none',
    body: savedFilterChange,
    response: savedFilter,
    refuses: ['filter.name-taken', 'session.not-allowed'],
  },
  deleteSavedFilter: {
    method: 'DELETE',
    path: '/api/v1/saved-filters/:id',
    summary: 'Delete a saved filter of yours',
    role: 'viewer',
    scope: 'none',
    response: nothing,
  },
} as const satisfies Record<string, Route>
