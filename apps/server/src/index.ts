/** The server: agents in, alerts out, console and API on top. */
export type { StartError } from './errors.ts'
export type { RunningServer, ServerOptions, StartedServer } from './options.ts'
export { resetPassword } from './reset-password.ts'
export { revokeInState } from './revoke-in-state.ts'
export { startServer } from './server.ts'
export type { Reloaded, SettingSource } from './settings/settings.ts'
export type { SettingsIssue } from './settings/settings-file.ts'
