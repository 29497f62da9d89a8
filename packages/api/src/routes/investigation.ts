/** Routes about what happened around an alert. */
import { graph, graphQuery, processTree, processTreeQuery, timeline, timelineQuery } from '../investigation.ts'
import type { Route } from './route.ts'

export const investigationRoutes = {
  getProcessTree: {
    method: 'GET',
    path: '/api/v1/alerts/:id/process-tree',
    summary: 'Processes above and below the evidence',
    role: 'viewer',
    scope: 'alert',
    query: processTreeQuery,
    response: processTree,
  },
  getTimeline: {
    method: 'GET',
    path: '/api/v1/alerts/:id/timeline',
    summary: 'Events and alerts around an alert',
    role: 'viewer',
    scope: 'alert',
    query: timelineQuery,
    response: timeline,
  },
  getAlertGraph: {
    method: 'GET',
    path: '/api/v1/alerts/:id/graph',
    summary: 'Attack source tracing graph of an alert',
    role: 'viewer',
    scope: 'alert',
    query: graphQuery,
    response: graph,
    refuses: ['edition.not-included'],
  },
} as const satisfies Record<string, Route>
