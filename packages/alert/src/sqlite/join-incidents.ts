/** Findings just stored → incidents made, grown or merged. Runs inside the transaction that stores the findings. */
import { createHash } from 'node:crypto'
import type { Finding } from '../finding.ts'
import { headlineOf, incidentAlertsMax, levelOfAll, stagesOfAll, titleOf, weighed } from '../incident.ts'
import { counterpartOf, type JoinKey, joinKeysOf, joinWindowsMs, stepOf } from '../join-keys.ts'
import type { Database } from './database.ts'
import { type JoinedAlert, maskOf, selectAlerts, severityOf, toAlert } from './tables.ts'

/** Alerts looked at per key and direction: all of them belong to one incident unless one is full. */
const neighboursMax = 3

/** Joins the alerts of the findings; returns the ids of the incidents that changed. */
export function joinIncidents(
  database: Database,
  stored: readonly { finding: Finding; alertId: string }[],
  at: number,
): string[] {
  const changed = new Set<string>()
  const touched = new Set<string>()
  const own = new Map<string, string[]>()
  for (const { finding, alertId } of stored) {
    const { assetId } = finding
    const addresses = own.get(assetId) ?? addressesOf(database, assetId)
    own.set(assetId, addresses)
    const neighbours = new Set<string>()
    for (const key of joinKeysOf(finding, addresses))
      for (const id of neighboursOf(database, key, finding.at, alertId)) neighbours.add(id)
    for (const id of neighbours) unite(database, alertId, id, at, changed)
    touch(database, alertId, finding.at, touched)
  }
  for (const id of changed) if (refresh(database, id)) touched.add(id)
  return [...touched].filter((id) => isStanding(database, id))
}

/** A repeat of an alert: only the time of its incident moves. */
function touch(database: Database, alertId: string, at: number, touched: Set<string>): void {
  const id = incidentOf(database, alertId)
  if (id === null) return
  const sql = 'UPDATE incidents SET first_at = min(first_at, ?), last_at = max(last_at, ?) WHERE id = ?'
  database.run(sql, at, at, id)
  touched.add(id)
}

function isStanding(database: Database, id: string): boolean {
  return database.get("SELECT 1 FROM incidents WHERE id = ? AND state <> 'merged'", id) !== undefined
}

function addressesOf(database: Database, assetId: string): string[] {
  const row = database.get<{ addresses: string }>('SELECT addresses FROM assets WHERE id = ?', assetId)
  return row ? (JSON.parse(row.addresses) as string[]) : []
}

/** Keeps the key and returns alerts near in time that have its counterpart; none when it was kept before. */
function neighboursOf(database: Database, key: JoinKey, at: number, alertId: string): string[] {
  const step = stepOf(key.kind, at)
  if (database.run('INSERT OR IGNORE INTO join_keys VALUES (?, ?, ?, ?)', key.kind, key.value, step, alertId) === 0)
    return []
  const kind = counterpartOf(key.kind)
  const window = joinWindowsMs[kind]
  const near = (order: 'ASC' | 'DESC', from: number, to: number) =>
    database.all<{ alert_id: string }>(
      `SELECT DISTINCT alert_id FROM join_keys WHERE kind = ? AND value = ? AND at BETWEEN ? AND ? AND alert_id <> ?
       ORDER BY at ${order} LIMIT ${neighboursMax}`,
      kind,
      key.value,
      from,
      to,
      alertId,
    )
  return [...near('DESC', step - window, step), ...near('ASC', step, step + window)].map((row) => row.alert_id)
}

function incidentOf(database: Database, alertId: string): string | null {
  const row = database.get<{ incident_id: string }>(
    'SELECT incident_id FROM incident_alerts WHERE alert_id = ?',
    alertId,
  )
  return row?.incident_id ?? null
}

/** Two alerts belong together: into the incident of one, or both into a new one, or their two incidents become one. */
function unite(database: Database, alertId: string, otherId: string, at: number, changed: Set<string>): void {
  const mine = incidentOf(database, alertId)
  const theirs = incidentOf(database, otherId)
  if (mine !== null && mine === theirs) return
  if (mine === null && theirs === null) {
    const id = open(database, alertId, otherId, at)
    changed.add(id)
    return
  }
  if (mine === null || theirs === null) {
    const id = mine ?? theirs ?? ''
    if (add(database, id, mine === null ? alertId : otherId, at)) changed.add(id)
    return
  }
  merge(database, mine, theirs, at, changed)
}

function open(database: Database, alertId: string, otherId: string, at: number): string {
  // The same pair opens the same incident, whichever came first.
  const digest = createHash('sha256').update([alertId, otherId].sort().join('\0')).digest('hex')
  let id = `in-${digest.slice(0, 24)}`
  if (database.get('SELECT 1 FROM incidents WHERE id = ?', id)) id = `in-${digest.slice(24, 48)}`
  database.run(
    `INSERT INTO incidents (id, state, title, search, severity, stage_mask, alert_count, first_at, last_at, created_at)
     VALUES (?, 'open', '', '', 0, 0, 2, 0, 0, ?)`,
    id,
    at,
  )
  for (const one of [alertId, otherId]) database.run('INSERT INTO incident_alerts VALUES (?, ?)', one, id)
  remember(database, id, at, 'opened', null)
  return id
}

function add(database: Database, id: string, alertId: string, at: number): boolean {
  if (countOf(database, id) >= incidentAlertsMax) {
    database.run('UPDATE incidents SET left_out = left_out + 1 WHERE id = ?', id)
    return false
  }
  database.run('INSERT INTO incident_alerts VALUES (?, ?)', alertId, id)
  reopen(database, id, at, 'A new alert belongs to it.')
  return true
}

function reopen(database: Database, id: string, at: number, why: string): void {
  const sql = "UPDATE incidents SET state = 'open', version = version + 1 WHERE id = ? AND state = 'closed'"
  if (database.run(sql, id) > 0) remember(database, id, at, 'reopened', why)
}

/** A closed incident is not over when somebody (or a failed operation) opens one of its alerts again. */
export function reopenIncidentOf(database: Database, alertId: string, at: number): void {
  const id = incidentOf(database, alertId)
  if (id !== null) reopen(database, id, at, 'One of its alerts was opened again.')
}

/** The older one stays; the other one keeps its id, which leads to the one that stays. */
function merge(database: Database, one: string, other: string, at: number, changed: Set<string>): void {
  if (countOf(database, one) + countOf(database, other) > incidentAlertsMax) return
  const rows = database.all<{ id: string; state: string; title: string; left_out: number; assignee: string | null }>(
    'SELECT id, state, title, left_out, assignee FROM incidents WHERE id IN (?, ?) ORDER BY created_at, number',
    one,
    other,
  )
  const [stays, goes] = rows
  if (!stays || !goes) throw new Error(`incidents ${one} and ${other} are not both there`)
  database.run('UPDATE incident_alerts SET incident_id = ? WHERE incident_id = ?', stays.id, goes.id)
  database.run('UPDATE incident_history SET incident_id = ? WHERE incident_id = ?', stays.id, goes.id)
  database.run(
    "UPDATE incidents SET state = 'merged', merged_into = ?, version = version + 1 WHERE id = ?",
    stays.id,
    goes.id,
  )
  database.run('UPDATE incidents SET merged_into = ? WHERE merged_into = ?', stays.id, goes.id)
  database.run(
    `UPDATE incidents SET state = 'open', left_out = left_out + ?, assignee = coalesce(assignee, ?),
       note_count = (SELECT count(*) FROM incident_history WHERE incident_id = ? AND operation = 'add note' AND note IS NOT NULL) WHERE id = ?`,
    goes.left_out,
    goes.assignee,
    stays.id,
    stays.id,
  )
  remember(database, stays.id, at, 'merged', goes.title)
  changed.delete(goes.id)
  changed.add(stays.id)
}

function countOf(database: Database, id: string): number {
  const sql = 'SELECT count(*) AS total FROM incident_alerts WHERE incident_id = ?'
  return database.get<{ total: number }>(sql, id)?.total ?? 0
}

export function remember(
  database: Database,
  id: string,
  at: number,
  operation: string,
  note: string | null,
  actor = 'rampart',
): void {
  database.run(
    'INSERT INTO incident_history (incident_id, at, actor, operation, note) VALUES (?, ?, ?, ?, ?)',
    id,
    at,
    actor,
    operation,
    note,
  )
}

/** Writes down again what follows from the alerts of an incident. False when it is merged into another one. */
export function refresh(database: Database, id: string): boolean {
  const members = database
    .all<JoinedAlert>(`${selectAlerts} JOIN incident_alerts ON alert_id = alerts.id WHERE incident_id = ?`, id)
    .map(toAlert)
  if (members.length === 0) return false
  const weighty = weighed(members)
  const title = titleOf(headlineOf(weighty))
  const words = new Set([title])
  for (const { asset, sourceAddress, entity } of members)
    for (const word of [asset.name, ...asset.addresses, sourceAddress ?? '', entity.value.slice(0, 128)])
      words.add(word)
  database.run(
    `UPDATE incidents SET title = ?, search = ?, severity = ?, stage_mask = ?, first_at = ?, last_at = ?,
       version = version + (alert_count <> ?), alert_count = ? WHERE id = ?`,
    title,
    [...words].join('\n').toLowerCase().slice(0, 8192),
    severityOf(levelOfAll(weighty)),
    maskOf(stagesOfAll(weighty)),
    Math.min(...members.map((member) => member.firstAt)),
    Math.max(...members.map((member) => member.lastAt)),
    members.length,
    members.length,
    id,
  )
  return true
}
