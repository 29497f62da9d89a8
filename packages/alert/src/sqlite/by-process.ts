/** Processes → the alerts about them. */
import type { Alert } from '../alert.ts'
import type { Database } from './database.ts'
import { type JoinedAlert, selectAlerts, toAlert } from './tables.ts'

const alertsPerProcess = 20
const rowsMax = 2000

/** The links of an alert name the acting process and its ancestors; its evidence says which of them acted. */
export function alertsOfProcesses(
  database: Database,
  assetId: string,
  entityIds: readonly string[],
): Map<string, Alert[]> {
  const rows = database.all<JoinedAlert & { entity: string }>(
    `${selectAlerts.replace('SELECT', 'SELECT acting.value AS entity,')}
     JOIN (SELECT DISTINCT links.value, links.alert_id FROM links JOIN evidence ON evidence.alert_id = links.alert_id
           WHERE links.asset_id = ? AND links.kind = 'process' AND links.value IN (SELECT value FROM json_each(?))
             AND json_extract(evidence.event, '$.process.entityId') = links.value LIMIT ${rowsMax}) acting
       ON acting.alert_id = alerts.id ORDER BY alerts.last_at DESC`,
    assetId,
    JSON.stringify(entityIds),
  )
  const found = new Map<string, Alert[]>()
  for (const { entity, ...row } of rows) {
    const alerts = found.get(entity) ?? []
    if (alerts.length < alertsPerProcess) alerts.push(toAlert(row as JoinedAlert))
    found.set(entity, alerts)
  }
  return found
}
