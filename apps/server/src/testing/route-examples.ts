/** What tests that walk the table of routes send, so that they reach its handlers. A new route adds its own to the examples of the API. */
export { exampleBodies as bodies, exampleQueries as queries } from '@rampart/api'
/** A body and a query for each route that takes one, so that tests which walk the table reach its handler. A new route adds its own. */
import type { RouteBody, RouteName, routes } from '@rampart/api'

type WithBody = { [Name in RouteName]: (typeof routes)[Name] extends { body: unknown } ? Name : never }[RouteName]

const channel = { name: 'x', target: { kind: 'slack' as const }, secrets: { url: 'https://chat.example.com/' } }

export const bodies: { [Name in WithBody]: RouteBody<Name> } = {
  signIn: { username: 'nobody', password: 'x' },
  changePassword: { current: 'not it', next: 'another long password' },
  handleAlert: { operation: 'add note', version: 0, note: 'x' },
  changeAlertNote: { entry: '1', note: null },
  handleIncident: { operation: 'add note', version: 0, note: 'x' },
  handleIncidentAlerts: { operation: 'add note', note: 'x' },
  createEnrolmentToken: {},
  revokeAgent: { reason: 'it was stolen' },
  setAgentSettings: { spoolMegabytes: 64 },
  setCollection: { defaultLogs: true, logs: [], receivers: [] },
  startBatch: { operation: 'ignore', alerts: [{ id: 'none', version: 1 }] },
  previewWhitelistRule: { conditions: [], about: { model: 'none' }, on: 'all' },
  createWhitelistRule: { conditions: [], about: { model: 'none' }, on: 'all', reason: 'expected' },
  changeWhitelistRule: { enabled: false },
  saveFilter: { name: 'mine', search: 'assignee=%40me' },
  changeSavedFilter: { isDefault: false },
  switchModel: { enabled: true },
  switchDefenceItem: { enabled: true },
  changeAssets: { ids: ['nobody'] },
  createNotificationChannel: channel,
  changeNotificationChannel: channel,
  changeSettings: { values: {} },
  respondToAlert: { name: 'troubleshoot', version: 0 },
  respondOnAsset: { name: 'troubleshoot' },
  undoOperation: {},
  carryOutCleanUp: { parts: ['1'] },
  restoreQuarantined: {},
  createIpRule: { address: '198.51.100.1', assets: ['none'], reason: 'x' },
  switchIpRule: { enabled: false },
  approveAddress: { address: '203.0.113.1' },
  setBruteForceRule: { asset: 'none', rule: null },
  offerSecondFactor: { password: 'not it' },
  confirmSecondFactor: { code: '000000' },
  removeSecondFactor: { password: 'not it' },
  renewRecoveryCodes: { password: 'not it' },
  createToken: { title: 'example', role: 'viewer' },
  createUser: { name: 'example', role: 'viewer' },
  changeUser: {},
}

const span = 'from=2020-01-01T00:00:00Z&to=2040-01-01T00:00:00Z'

/** Only for routes whose query has to say something. */
export const queries: Partial<Record<RouteName, string>> = {
  searchEvents: span,
  eventHistogram: span,
  eventValues: `${span}&field=asset.name`,
  exportEvents: `${span}&format=csv`,
  exportAlerts: 'format=ndjson',
  searchInventory: 'name=nginx&version=2',
}
