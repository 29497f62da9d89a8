/** Routes of what agents collect: logs and receivers. */
import { collection, collectionChange } from '../collection.ts'
import type { Route } from './route.ts'

export const collectionRoutes = {
  getCollection: {
    method: 'GET',
    path: '/api/v1/assets/:id/collection',
    summary: 'Logs and receivers of an asset, as decided',
    role: 'viewer',
    scope: 'asset',
    response: collection,
  },
  setCollection: {
    method: 'PUT',
    path: '/api/v1/assets/:id/collection',
    summary: 'Decide which logs an asset follows and what it receives from other programs and hosts',
    role: 'administrator',
    scope: 'asset',
    body: collectionChange,
    response: collection,
    refuses: ['collection.no-agent', 'collection.token-needed'],
  },
} as const satisfies Record<string, Route>
