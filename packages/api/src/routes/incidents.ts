/** Routes of incidents. */
import { noteChange } from '../alerts.ts'
import {
  incidentAlertsHandled,
  incidentAlertsHandling,
  incidentDetail,
  incidentFilter,
  incidentHandling,
  incidentPage,
} from '../incidents.ts'
import { graph, graphQuery } from '../investigation.ts'
import type { Route } from './route.ts'

export const incidentRoutes = {
  listIncidents: {
    method: 'GET',
    path: '/api/v1/incidents',
    summary: 'List incidents',
    role: 'viewer',
    scope: 'visible',
    query: incidentFilter,
    response: incidentPage,
  },
  getIncident: {
    method: 'GET',
    path: '/api/v1/incidents/:id',
    summary: 'Details of one incident; the id of a merged one leads to the one that took its alerts',
    role: 'viewer',
    scope: 'visible',
    response: incidentDetail,
  },
  handleIncident: {
    method: 'POST',
    path: '/api/v1/incidents/:id/handling',
    summary: 'Close, reopen, assign an incident or add a note',
    role: 'analyst',
    scope: 'visible',
    body: incidentHandling,
    response: incidentDetail,
    refuses: [
      'incident.not-found',
      'incident.changed',
      'incident.not-offered',
      'incident.note-missing',
      'alert.assignee-unknown',
    ],
  },
  changeIncidentNote: {
    method: 'POST',
    path: '/api/v1/incidents/:id/notes',
    summary: 'Write a note of your own anew, or take it away',
    role: 'analyst',
    scope: 'visible',
    body: noteChange,
    response: incidentDetail,
    refuses: [
      'incident.not-found',
      'incident.changed',
      'incident.note-missing',
      'incident.note-not-found',
      'incident.note-not-yours',
    ],
  },
  handleIncidentAlerts: {
    method: 'POST',
    path: '/api/v1/incidents/:id/alerts/handling',
    summary: 'One operation on every alert of an incident, as a batch with a result for each',
    role: 'analyst',
    scope: 'visible',
    body: incidentAlertsHandling,
    response: incidentAlertsHandled,
    refuses: ['alert.note-missing', 'alert.assignee-missing', 'alert.assignee-unknown'],
  },
  getIncidentGraph: {
    method: 'GET',
    path: '/api/v1/incidents/:id/graph',
    summary: 'Attack source tracing graph of all alerts of an incident',
    role: 'viewer',
    scope: 'visible',
    query: graphQuery,
    response: graph,
    refuses: ['edition.not-included'],
  },
} as const satisfies Record<string, Route>
