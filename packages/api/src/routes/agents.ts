/** Routes of agents: who may enrol, whose certificate is taken back, what an agent may use. */
import { z } from 'zod'
import { agentSettings, enrolmentTokenRow, revocation, uninstallToken } from '../agents.ts'
import { items, nothing, type Route } from './route.ts'

export const agentRoutes = {
  listEnrolmentTokens: {
    method: 'GET',
    path: '/api/v1/enrolment-tokens',
    summary: 'Tokens that can still enrol agents, or did lately, and which servers came with them',
    role: 'administrator',
    scope: 'visible',
    response: items(enrolmentTokenRow),
  },
  getEnrolmentToken: {
    method: 'GET',
    path: '/api/v1/enrolment-tokens/:id',
    summary: 'One token and the servers that came with it',
    role: 'administrator',
    scope: 'visible',
    response: enrolmentTokenRow,
  },
  cancelEnrolmentToken: {
    method: 'DELETE',
    path: '/api/v1/enrolment-tokens/:id',
    summary: 'Cancel a token: nothing enrols with it any more',
    role: 'administrator',
    scope: 'none',
    response: nothing,
  },
  revokeAgent: {
    method: 'POST',
    path: '/api/v1/assets/:id/revoke',
    summary: "Take back the certificates of an asset's agent and cut its connection; it has to enrol again",
    role: 'administrator',
    scope: 'asset',
    body: revocation,
    response: z.object({ certificates: z.number().int().meta({ description: 'How many were good until now.' }) }),
  },
  removeAsset: {
    method: 'DELETE',
    path: '/api/v1/assets/:id',
    summary: 'Take an asset out of the lists and its certificates back; its alerts and events stay',
    role: 'administrator',
    scope: 'asset',
    response: nothing,
  },
  setAgentSettings: {
    method: 'PUT',
    path: '/api/v1/assets/:id/agent-settings',
    summary: "What this asset's agent may use",
    role: 'administrator',
    scope: 'asset',
    body: agentSettings,
    response: agentSettings,
  },
  createUninstallToken: {
    method: 'POST',
    path: '/api/v1/assets/:id/uninstall-tokens',
    summary: 'Make a token with which the agent of this asset can be removed, once',
    role: 'administrator',
    scope: 'asset',
    response: uninstallToken,
  },
} as const satisfies Record<string, Route>
