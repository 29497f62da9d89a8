/** A body and a query for each route that takes one: shown in the API's description, and sent by tests that walk the table. */
import type { RouteBody, RouteName, routes } from './routes.ts'

type WithBody = { [Name in RouteName]: (typeof routes)[Name] extends { body: unknown } ? Name : never }[RouteName]

const channel = {
  name: 'On call',
  target: { kind: 'slack' as const },
  levels: ['Urgent' as const],
  secrets: { url: 'https://chat.example.com/hooks/1' },
}

export const exampleBodies: { [Name in WithBody]: RouteBody<Name> } = {
  signIn: { username: 'mia', password: 'what only mia knows' },
  changePassword: { current: 'what only mia knows', next: 'another long password' },
  handleAlert: { operation: 'add note', version: 0, note: 'Asked the owner of the server.' },
  changeAlertNote: { entry: '1', note: null },
  handleIncident: { operation: 'add note', version: 0, note: 'Asked the owner of the server.' },
  changeIncidentNote: { entry: '1', note: null },
  handleIncidentAlerts: { operation: 'add note', note: 'Part of the announced test.' },
  createEnrolmentToken: { uses: 1, minutes: 60 },
  revokeAgent: { reason: 'The machine was stolen.' },
  setAgentSettings: { spoolMegabytes: 64 },
  setCollection: {
    defaultLogs: true,
    logs: [{ kind: 'text', path: '/srv/shop/error.log' }],
    receivers: [{ kind: 'syslog-tcp', listen: '127.0.0.1:5514' }],
  },
  startBatch: { operation: 'ignore', alerts: [{ id: 'al-1', version: 1 }] },
  previewWhitelistRule: {
    conditions: [{ field: 'process.executable', operator: 'equals', value: '/usr/bin/backup' }],
    about: { model: '5b3c1f3e-0001-4000-8000-000000000001' },
    on: 'all',
  },
  createWhitelistRule: {
    conditions: [{ field: 'process.executable', operator: 'equals', value: '/usr/bin/backup' }],
    about: { model: '5b3c1f3e-0001-4000-8000-000000000001' },
    on: 'all',
    reason: 'The nightly backup.',
  },
  changeWhitelistRule: { enabled: false },
  saveFilter: { name: 'Mine', search: 'assignee=%40me' },
  changeSavedFilter: { isDefault: false },
  switchModel: { enabled: true },
  switchDefenceItem: { enabled: true },
  changeAssets: { ids: ['as-1'], group: 'web', addTags: ['public'] },
  createNotificationChannel: channel,
  changeNotificationChannel: channel,
  changeSettings: { values: { 'retention.eventDays': 30 } },
  respondToAlert: { name: 'troubleshoot', version: 0 },
  respondOnAsset: { name: 'troubleshoot' },
  undoOperation: {},
  carryOutCleanUp: { parts: ['1'] },
  restoreQuarantined: { ifInTheWay: 'refuse' },
  createIpRule: { address: '198.51.100.1', assets: ['as-1'], minutes: 60, reason: 'Guesses passwords.' },
  switchIpRule: { enabled: false },
  approveAddress: { address: '203.0.113.1', note: 'Office' },
  setBruteForceRule: { asset: 'as-1', rule: null },
  offerSecondFactor: { password: 'what only mia knows' },
  confirmSecondFactor: { code: '000000' },
  removeSecondFactor: { password: 'what only mia knows' },
  renewRecoveryCodes: { password: 'what only mia knows' },
  createToken: { title: 'Nightly report', role: 'viewer', days: 90 },
  createUser: { name: 'mia', role: 'analyst' },
  changeUser: { role: 'viewer' },
}

const span = 'from=2020-01-01T00:00:00Z&to=2040-01-01T00:00:00Z'

/** Only for routes whose query has to say something. */
export const exampleQueries: Partial<Record<RouteName, string>> = {
  searchEvents: span,
  eventHistogram: span,
  eventValues: `${span}&field=asset.name`,
  exportEvents: `${span}&format=csv`,
  exportAlerts: 'format=ndjson',
  searchInventory: 'name=nginx&version=2',
}
