/** Routes of alerts and the numbers on top of them. */
import { alertDetail, alertFacets, alertFilter, alertPage, alertQuery, handlingRequest, summary } from '../alerts.ts'
import type { Route } from './route.ts'

export const alertRoutes = {
  getSummary: {
    method: 'GET',
    path: '/api/v1/summary',
    summary: 'The numbers on top of the Alerts page',
    role: 'viewer',
    scope: 'visible',
    response: summary,
  },
  listAlerts: {
    method: 'GET',
    path: '/api/v1/alerts',
    summary: 'List alerts',
    role: 'viewer',
    scope: 'visible',
    query: alertQuery,
    response: alertPage,
  },
  alertFacets: {
    method: 'GET',
    path: '/api/v1/alerts/facets',
    summary: 'Counts per filter value',
    role: 'viewer',
    scope: 'visible',
    query: alertFilter,
    response: alertFacets,
  },
  getAlert: {
    method: 'GET',
    path: '/api/v1/alerts/:id',
    summary: 'Details of one alert',
    role: 'viewer',
    scope: 'alert',
    response: alertDetail,
  },
  handleAlert: {
    method: 'POST',
    path: '/api/v1/alerts/:id/handling',
    summary: 'Handle an alert',
    role: 'analyst',
    scope: 'alert',
    body: handlingRequest,
    response: alertDetail,
  },
} as const satisfies Record<string, Route>
