/** All routes of the HTTP API in one table: the server implements it, the console calls it, the reference is generated from it. */
import type { z } from 'zod'
import { accountRoutes } from './routes/account.ts'
import { agentRoutes } from './routes/agents.ts'
import { alertRoutes } from './routes/alerts.ts'
import { assetRoutes } from './routes/assets.ts'
import { auditRoutes } from './routes/audit.ts'
import { batchRoutes } from './routes/batches.ts'
import { collectionRoutes } from './routes/collection.ts'
import { eventRoutes } from './routes/events.ts'
import { incidentRoutes } from './routes/incidents.ts'
import { inventoryRoutes } from './routes/inventory.ts'
import { investigationRoutes } from './routes/investigation.ts'
import { modelRoutes } from './routes/models.ts'
import { notificationRoutes } from './routes/notifications.ts'
import { responseRoutes } from './routes/responses.ts'
import type { Route } from './routes/route.ts'
import { savedFilterRoutes } from './routes/saved-filters.ts'
import { sessionRoutes } from './routes/session.ts'
import { settingRoutes } from './routes/settings.ts'
import { userRoutes } from './routes/users.ts'
import { whitelistRoutes } from './routes/whitelist.ts'

export type { Route } from './routes/route.ts'
export { codesOf } from './routes/route.ts'

export const routes = {
  ...sessionRoutes,
  ...alertRoutes,
  ...batchRoutes,
  ...whitelistRoutes,
  ...savedFilterRoutes,
  ...assetRoutes,
  ...eventRoutes,
  ...modelRoutes,
  ...notificationRoutes,
  ...agentRoutes,
  ...collectionRoutes,
  ...incidentRoutes,
  ...inventoryRoutes,
  ...investigationRoutes,
  ...settingRoutes,
  ...responseRoutes,
  ...accountRoutes,
  ...userRoutes,
  ...auditRoutes,
} as const satisfies Record<string, Route>

export type RouteName = keyof typeof routes

/** What a caller may send as the query of a route; `undefined` when it takes none. */
export type RouteQuery<Name extends RouteName> = (typeof routes)[Name] extends { query: infer Schema extends z.ZodType }
  ? z.input<Schema>
  : undefined
/** What a caller sends as the body of a route; `undefined` when it takes none. */
export type RouteBody<Name extends RouteName> = (typeof routes)[Name] extends { body: infer Schema extends z.ZodType }
  ? z.input<Schema>
  : undefined
/** What a route answers. */
export type RouteAnswer<Name extends RouteName> = z.output<(typeof routes)[Name]['response']>
