/** Routes of batches: one operation on many alerts. */
import { alertBatch, batchItems, batchItemsQuery, batchRequest } from '../batches.ts'
import type { Route } from './route.ts'

export const batchRoutes = {
  startBatch: {
    method: 'POST',
    path: '/api/v1/alerts/batches',
    summary: 'Handle many alerts in the background',
    role: 'analyst',
    scope: 'visible',
    body: batchRequest,
    response: alertBatch,
    refuses: ['alert.note-missing', 'alert.assignee-missing', 'alert.assignee-unknown', 'batch.empty'],
  },
  getBatch: {
    method: 'GET',
    path: '/api/v1/alerts/batches/:id',
    summary: 'How far a batch is',
    role: 'viewer',
    scope: 'visible',
    response: alertBatch,
  },
  listBatchItems: {
    method: 'GET',
    path: '/api/v1/alerts/batches/:id/items',
    summary: 'What became of each alert of a batch',
    role: 'viewer',
    scope: 'visible',
    query: batchItemsQuery,
    response: batchItems,
  },
  cancelBatch: {
    method: 'DELETE',
    path: '/api/v1/alerts/batches/:id',
    summary: 'Stop a batch; what it did stays done',
    role: 'analyst',
    scope: 'visible',
    response: alertBatch,
  },
  undoBatch: {
    method: 'POST',
    path: '/api/v1/alerts/batches/:id/undoing',
    summary: 'Take back what a batch did, where nobody decided since',
    role: 'analyst',
    scope: 'visible',
    response: alertBatch,
    refuses: ['batch.not-undoable'],
  },
} as const satisfies Record<string, Route>
