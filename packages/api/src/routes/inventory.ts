/** Routes of what hosts have. */
import {
  inventoryChangePage,
  inventoryChangeQuery,
  inventorySearchPage,
  inventorySearchQuery,
  inventorySummary,
  inventoryThingPage,
  inventoryThingQuery,
} from '../inventory.ts'
import type { Route } from './route.ts'

export const inventoryRoutes = {
  getInventory: {
    method: 'GET',
    path: '/api/v1/assets/:id/inventory',
    summary: 'Which kinds of things an asset has, how many, and when they were collected',
    role: 'viewer',
    scope: 'asset',
    response: inventorySummary,
  },
  listInventoryThings: {
    method: 'GET',
    path: '/api/v1/assets/:id/inventory/things',
    summary: 'What an asset has',
    role: 'viewer',
    scope: 'asset',
    query: inventoryThingQuery,
    response: inventoryThingPage,
  },
  listInventoryChanges: {
    method: 'GET',
    path: '/api/v1/assets/:id/inventory/changes',
    summary: 'What came, changed and went on an asset, newest first',
    role: 'viewer',
    scope: 'asset',
    query: inventoryChangeQuery,
    response: inventoryChangePage,
  },
  searchInventory: {
    method: 'GET',
    path: '/api/v1/inventory',
    summary: 'Which assets have a package below a version, a port open, an account …',
    role: 'viewer',
    scope: 'visible',
    query: inventorySearchQuery,
    response: inventorySearchPage,
  },
} as const satisfies Record<string, Route>
