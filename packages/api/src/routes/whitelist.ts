/** Routes of whitelist rules. */
import {
  whitelistFields,
  whitelistPattern,
  whitelistPreview,
  whitelistRule,
  whitelistRuleChange,
  whitelistRuleDraft,
  whitelistRuleMade,
} from '../whitelist.ts'
import { items, nothing, type Route } from './route.ts'

export const whitelistRoutes = {
  listWhitelistRules: {
    method: 'GET',
    path: '/api/v1/whitelist-rules',
    summary: 'Whitelist rules, newest first',
    role: 'viewer',
    scope: 'visible',
    response: items(whitelistRule),
  },
  previewWhitelistRule: {
    method: 'POST',
    path: '/api/v1/whitelist-rules/preview',
    summary: 'What a rule would have hidden of the last 30 days',
    role: 'analyst',
    scope: 'visible',
    body: whitelistPattern,
    response: whitelistPreview,
  },
  createWhitelistRule: {
    method: 'POST',
    path: '/api/v1/whitelist-rules',
    summary: 'Make a whitelist rule; its alert becomes whitelisted',
    role: 'analyst',
    scope: 'visible',
    body: whitelistRuleDraft,
    response: whitelistRuleMade,
  },
  changeWhitelistRule: {
    method: 'PATCH',
    path: '/api/v1/whitelist-rules/:id',
    summary: 'Change a whitelist rule, or switch it on or off',
    role: 'analyst',
    scope: 'visible',
    body: whitelistRuleChange,
    response: whitelistRule,
  },
  deleteWhitelistRule: {
    method: 'DELETE',
    path: '/api/v1/whitelist-rules/:id',
    summary: 'Delete a whitelist rule; restoring brings it back',
    role: 'analyst',
    scope: 'visible',
    response: nothing,
  },
  restoreWhitelistRule: {
    method: 'POST',
    path: '/api/v1/whitelist-rules/:id/restoring',
    summary: 'Bring a deleted whitelist rule back',
    role: 'analyst',
    scope: 'visible',
    response: whitelistRule,
  },
  whitelistFields: {
    method: 'GET',
    path: '/api/v1/alerts/:id/whitelist-fields',
    summary: 'Fields and values of an alert from which a whitelist rule can be built',
    role: 'viewer',
    scope: 'alert',
    response: whitelistFields,
  },
} as const satisfies Record<string, Route>
