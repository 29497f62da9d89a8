/** The sweep that closes those that nobody handled in time. */
import type { Alert, AlertStore } from '@rampart/alert'
import type { Settings } from './settings/settings.ts'

const dayMs = 86_400_000
/** Alerts closed in one transaction; more follow with the next sweep. */
const perSweep = 500

/** Closes unhandled alerts that are older than the setting says. Each leaves a row in its history and can be undone. */
export async function expireAlerts(alerts: AlertStore, settings: Settings, now: number): Promise<Alert[]> {
  const expireAfterDays = settings.get('alerts.expireAfterDays')
  if (expireAfterDays === 0) return []
  return alerts.expire(now - expireAfterDays * dayMs, now, perSweep)
}
