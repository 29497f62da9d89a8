/** Settings of alerts, and the sweep that closes those that nobody handled in time. */
import type { Alert, AlertStore } from '@rampart/alert'
import type { AlertSettings } from '@rampart/api'
import type { Settings } from './store/settings.ts'

export const alertSettingsName = 'alerts'
const defaults: AlertSettings = { expireAfterDays: 30 }
const dayMs = 86_400_000
/** Alerts closed in one transaction; more follow with the next sweep. */
const perSweep = 500

export function readAlertSettings(settings: Settings): AlertSettings {
  return { ...defaults, ...settings.read<Partial<AlertSettings>>(alertSettingsName) }
}

/** Closes unhandled alerts that are older than the setting says. Each leaves a row in its history and can be undone. */
export async function expireAlerts(alerts: AlertStore, settings: Settings, now: number): Promise<Alert[]> {
  const { expireAfterDays } = readAlertSettings(settings)
  if (expireAfterDays === 0) return []
  return alerts.expire(now - expireAfterDays * dayMs, now, perSweep)
}
