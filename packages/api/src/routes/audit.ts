/** Routes of the audit trail. */
import { z } from 'zod'
import { auditExport, auditPage, auditQuery, auditVerdict } from '../people.ts'
import type { Route } from './route.ts'

export const auditRoutes = {
  listAudit: {
    method: 'GET',
    path: '/api/v1/audit-trail',
    summary: 'Search the audit trail',
    role: 'administrator',
    scope: 'none',
    query: auditQuery,
    response: auditPage,
  },
  exportAudit: {
    method: 'GET',
    path: '/api/v1/audit-trail/export',
    summary: 'The audit trail as CSV or NDJSON',
    role: 'administrator',
    scope: 'none',
    query: auditExport,
    download: true,
    response: z.string(),
  },
  verifyAudit: {
    method: 'GET',
    path: '/api/v1/audit-trail/verification',
    summary: 'Follow the hash chain of the audit trail',
    role: 'administrator',
    scope: 'none',
    response: auditVerdict,
  },
} as const satisfies Record<string, Route>
