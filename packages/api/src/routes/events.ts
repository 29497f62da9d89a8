/** Routes of the event search, and of files to take away. */
import { z } from 'zod'
import { alertStatistics, statisticsQuery } from '../alerts.ts'
import {
  alertExport,
  eventArchive,
  eventExport,
  eventHistogram,
  eventPage,
  eventQuery,
  eventValues,
  histogramQuery,
  valuesQuery,
} from '../events.ts'
import type { Route } from './route.ts'

export const eventRoutes = {
  getStatistics: {
    method: 'GET',
    path: '/api/v1/statistics',
    summary: 'Alerts over time, by level, type, stage, asset and model',
    role: 'viewer',
    scope: 'visible',
    query: statisticsQuery,
    response: alertStatistics,
  },
  searchEvents: {
    method: 'GET',
    path: '/api/v1/events',
    summary: 'Search events',
    role: 'viewer',
    scope: 'visible',
    query: eventQuery,
    response: eventPage,
  },
  eventHistogram: {
    method: 'GET',
    path: '/api/v1/events/histogram',
    summary: 'Count events over time',
    role: 'viewer',
    scope: 'visible',
    query: histogramQuery,
    response: eventHistogram,
  },
  eventValues: {
    method: 'GET',
    path: '/api/v1/events/values',
    summary: 'Most frequent values of a field',
    role: 'viewer',
    scope: 'visible',
    query: valuesQuery,
    response: eventValues,
  },
  getEventArchive: {
    method: 'GET',
    path: '/api/v1/events/archive',
    summary: 'How much can be searched',
    role: 'viewer',
    scope: 'none',
    response: eventArchive,
  },
  exportEvents: {
    method: 'GET',
    path: '/api/v1/events/export',
    summary: 'Download found events, at most 100,000',
    role: 'analyst',
    scope: 'visible',
    download: true,
    query: eventExport,
    response: z.string(),
  },
  exportAlerts: {
    method: 'GET',
    path: '/api/v1/alerts/export',
    summary: 'Download alerts',
    role: 'analyst',
    scope: 'visible',
    download: true,
    query: alertExport,
    response: z.string(),
  },
} as const satisfies Record<string, Route>
