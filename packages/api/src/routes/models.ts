/** Routes of models and defence items. */
import { z } from 'zod'
import { defenceItem, defenceItemChange, modelDetail, modelList } from '../models.ts'
import { items, type Route } from './route.ts'

export const modelRoutes = {
  listModels: {
    method: 'GET',
    path: '/api/v1/models',
    summary: 'List threat detection models',
    role: 'viewer',
    scope: 'visible',
    response: modelList,
  },
  getModel: {
    method: 'GET',
    path: '/api/v1/models/:id',
    summary: 'Details of one model',
    role: 'viewer',
    scope: 'visible',
    response: modelDetail,
  },
  switchModel: {
    method: 'PATCH',
    path: '/api/v1/models/:id',
    summary: 'Switch a model on or off',
    role: 'administrator',
    scope: 'visible',
    body: z.object({ enabled: z.boolean() }),
    response: modelDetail,
  },
  listDefenceItems: {
    method: 'GET',
    path: '/api/v1/defence-items',
    summary: 'List defence items',
    role: 'viewer',
    scope: 'visible',
    response: items(defenceItem),
  },
  switchDefenceItem: {
    method: 'PATCH',
    path: '/api/v1/defence-items/:id',
    summary: 'Switch a defence item on or off, or choose its assets',
    role: 'administrator',
    scope: 'visible',
    body: defenceItemChange,
    response: defenceItem,
    refuses: ['settings.pinned'],
  },
} as const satisfies Record<string, Route>
