/** Routes of settings. */
import { settingsChange, settingsView } from '../settings.ts'
import type { Route } from './route.ts'

export const settingRoutes = {
  listSettings: {
    method: 'GET',
    path: '/api/v1/settings',
    summary: 'All settings, and where each value comes from',
    role: 'administrator',
    scope: 'none',
    response: settingsView,
  },
  changeSettings: {
    method: 'PATCH',
    path: '/api/v1/settings',
    summary: 'Change settings',
    role: 'administrator',
    scope: 'none',
    body: settingsChange,
    response: settingsView,
    refuses: ['settings.unknown-name', 'settings.invalid-value', 'settings.file-only', 'settings.pinned'],
  },
} as const satisfies Record<string, Route>
