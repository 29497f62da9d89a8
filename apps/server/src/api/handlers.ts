/** One handler for each route of the table; a route without one does not compile. */
import type { Announcer } from '../announcer.ts'
import type { Context } from '../context.ts'
import type { Handlers } from './call.ts'
import { accountHandlers } from './handlers/account.ts'
import { agentHandlers } from './handlers/agents.ts'
import { alertHandlers } from './handlers/alerts.ts'
import { assetHandlers } from './handlers/assets.ts'
import { auditHandlers } from './handlers/audit.ts'
import { batchHandlers } from './handlers/batches.ts'
import { collectionHandlers } from './handlers/collection.ts'
import { eventHandlers } from './handlers/events.ts'
import { incidentHandlers } from './handlers/incidents.ts'
import { inventoryHandlers } from './handlers/inventory.ts'
import { investigationHandlers } from './handlers/investigation.ts'
import { ipRuleHandlers } from './handlers/ip-rules.ts'
import { modelHandlers } from './handlers/models.ts'
import { notificationHandlers } from './handlers/notifications.ts'
import { responseHandlers } from './handlers/responses.ts'
import { savedFilterHandlers } from './handlers/saved-filters.ts'
import { sessionHandlers } from './handlers/session.ts'
import { settingHandlers } from './handlers/settings.ts'
import { userHandlers } from './handlers/users.ts'
import { whitelistHandlers } from './handlers/whitelist.ts'

export function createHandlers(context: Context, announcer: Announcer): Handlers {
  return {
    ...sessionHandlers(context),
    ...alertHandlers(context, announcer),
    ...batchHandlers(context),
    ...whitelistHandlers(context),
    ...assetHandlers(context, announcer),
    ...savedFilterHandlers(context),
    ...agentHandlers(context),
    ...collectionHandlers(context),
    ...eventHandlers(context),
    ...incidentHandlers(context, announcer),
    ...inventoryHandlers(context),
    ...investigationHandlers(context),
    ...modelHandlers(context, announcer),
    ...notificationHandlers(context),
    ...settingHandlers(context, announcer),
    ...responseHandlers(context),
    ...ipRuleHandlers(context, announcer),
    ...accountHandlers(context),
    ...userHandlers(context),
    ...auditHandlers(context),
  }
}
