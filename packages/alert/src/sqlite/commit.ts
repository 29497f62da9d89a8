/** Findings → rows: opens alerts, joins repeats, keeps evidence and links. Runs inside one transaction. */
import type { AlertState, Event } from '@rampart/event'
import type { Finding } from '../finding.ts'
import { isOpen } from '../life-cycle.ts'
import { alertIdOf, evidenceLimit, linksOf, searchTextOf, traitsOf, verdict } from '../raise.ts'
import type { Committed, EvidenceWindow, Raised, Work } from '../store.ts'
import { readAsset, saveAsset } from './assets.ts'
import type { Database } from './database.ts'
import { joinIncidents } from './join-incidents.ts'
import { type JoinedAlert, maskOf, selectAlerts, severityOf, toAlert } from './tables.ts'

/** Most event ids kept per finding. */
const eventIdsMax = 1000

export function commitWork(database: Database, work: Work): Committed {
  const touched = new Map<string, Raised['change']>()
  const windows: EvidenceWindow[] = []
  const stored: { finding: Finding; alertId: string }[] = []
  let repeated = 0
  let absorbed = 0
  const defended = new Map<string, Finding>()
  for (const finding of work.findings) {
    const outcome = storeFinding(database, finding, work.at)
    if (outcome === 'repeated') repeated++
    else if ('absorbedBy' in outcome) {
      absorbed++
      if (outcome.silent) defended.set(outcome.absorbedBy, finding)
    } else {
      touched.set(outcome.id, touched.get(outcome.id) ?? outcome.change)
      stored.push({ finding, alertId: outcome.id })
      const eventIds = finding.eventIds.filter((id) => id !== finding.evidence.id)
      if (eventIds.length > 0) windows.push({ alertId: outcome.id, findingId: finding.id, at: finding.at, eventIds })
    }
  }
  for (const stream of work.acknowledged)
    database.run(
      `INSERT INTO streams VALUES (?, ?, ?, ?, ?) ON CONFLICT (source, spool_id) DO UPDATE SET
         sequence = max(sequence, excluded.sequence), events = events + excluded.events, changed_at = excluded.changed_at`,
      stream.source,
      stream.spoolId,
      stream.sequence,
      stream.events,
      work.at,
    )
  const raised = [...touched].map(([id, change]) => ({ change, alert: toAlert(readAlert(database, id)) }))
  const again = [...defended].map(([id, finding]) => ({ alert: toAlert(readAlert(database, id)), finding }))
  const incidents = joinIncidents(database, stored, work.at)
  return { raised, repeated, absorbed, defended: again, windows, incidents }
}

function readAlert(database: Database, id: string): JoinedAlert {
  const row = database.get<JoinedAlert>(`${selectAlerts} WHERE alerts.id = ?`, id)
  if (!row) throw new Error(`alert ${id} vanished inside its own transaction`)
  return row
}

type Outcome = 'repeated' | { absorbedBy: string; silent: boolean } | { id: string; change: Raised['change'] }

function storeFinding(database: Database, finding: Finding, at: number): Outcome {
  if (database.get('SELECT 1 FROM findings WHERE id = ?', finding.id)) return 'repeated'
  if (finding.whitelistedBy !== undefined && countRuleHit(database, finding.whitelistedBy, finding)) {
    storeId(database, finding, finding.whitelistedBy, at)
    return { absorbedBy: finding.whitelistedBy, silent: false }
  }
  const latest = database.get<{ id: string; state: AlertState; silent: number }>(
    'SELECT id, state, silent FROM alerts WHERE aggregation_key = ? ORDER BY open DESC, number DESC LIMIT 1',
    finding.aggregationKey,
  )
  const decision = verdict(latest ? { state: latest.state, silent: latest.silent === 1 } : null, finding)
  const id = decision === 'open' || !latest ? alertIdOf(finding) : latest.id
  storeId(database, finding, id, at)
  if (decision === 'absorb') {
    database.run(
      'UPDATE alerts SET hits = hits + 1, last_hit_at = max(coalesce(last_hit_at, 0), ?) WHERE id = ?',
      finding.at,
      id,
    )
    return { absorbedBy: id, silent: latest?.silent === 1 }
  }
  if (decision === 'open') openAlert(database, id, finding, at)
  else joinAlert(database, id, finding)
  addEvidence(database, id, finding.id, [finding.evidence])
  for (const link of linksOf(finding))
    database.run('INSERT OR IGNORE INTO links VALUES (?, ?, ?, ?)', finding.assetId, link.kind, link.value, id)
  for (const trait of traitsOf(finding))
    database.run(
      'INSERT OR IGNORE INTO alert_traits SELECT ?, ?, number FROM alerts WHERE id = ?',
      trait.kind,
      trait.value,
      id,
    )
  return { id, change: decision === 'open' ? 'raised' : 'updated' }
}

/** Marks the finding as seen, so that a repeat of it changes nothing. */
function storeId(database: Database, finding: Finding, alertId: string, at: number): void {
  database.run(
    'INSERT INTO findings VALUES (?, ?, ?, ?, ?)',
    finding.id,
    alertId,
    finding.at,
    at,
    JSON.stringify(finding.eventIds.slice(-eventIdsMax)),
  )
}

/** False when the rule is gone or switched off since: the finding is then stored as any other. */
function countRuleHit(database: Database, ruleId: string, finding: Finding): boolean {
  return (
    database.run(
      `UPDATE whitelist_rules SET hits = hits + 1, last_hit_at = max(coalesce(last_hit_at, 0), ?)
       WHERE id = ? AND enabled = 1 AND deleted_at IS NULL`,
      finding.at,
      ruleId,
    ) > 0
  )
}

function openAlert(database: Database, id: string, finding: Finding, at: number): void {
  if (!readAsset(database, finding.assetId)) {
    const { name, kind } = finding.evidence.asset
    saveAsset(database, { id: finding.assetId, name, kind }, at)
  }
  const state: AlertState = finding.autoBlocked ? 'auto-blocked' : 'unhandled'
  database.run(
    `INSERT INTO alerts (id, aggregation_key, open, state, severity, type, stage_mask, techniques, model_id, title,
       asset_id, entity_kind, entity_value, source_address, count, first_at, last_at, raised_at, evidence_total,
       matched, version)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, 0, ?, 1)`,
    id,
    finding.aggregationKey,
    isOpen(state) ? 1 : 0,
    state,
    severityOf(finding.level),
    finding.type,
    maskOf(finding.stages),
    finding.techniques?.length ? `,${finding.techniques.join(',')},` : '',
    finding.modelId,
    finding.title,
    finding.assetId,
    finding.entity.kind,
    finding.entity.value,
    finding.sourceAddress ?? null,
    finding.at,
    finding.at,
    at,
    JSON.stringify(finding.matched),
  )
  const number = database.get<{ number: number }>('SELECT last_insert_rowid() AS number')?.number ?? 0
  database.run('INSERT INTO alert_search (rowid, text) VALUES (?, ?)', number, searchTextOf(finding))
  for (const technique of new Set(finding.techniques ?? []))
    database.run('INSERT INTO alert_techniques VALUES (?, ?)', technique, number)
  database.run(
    "INSERT INTO history (alert_id, at, actor, operation, from_state, to_state) VALUES (?, ?, 'rampart', 'raised', NULL, ?)",
    id,
    at,
    state,
  )
}

/** A repeat. The address shown is the latest one; time never goes backwards when events arrive late. */
function joinAlert(database: Database, id: string, finding: Finding): void {
  database.run(
    `UPDATE alerts SET count = count + 1, version = version + 1,
       first_at = min(first_at, ?), last_at = max(last_at, ?), source_address = coalesce(?, source_address), matched = ?
     WHERE id = ?`,
    finding.at,
    finding.at,
    finding.sourceAddress ?? null,
    JSON.stringify(finding.matched),
    id,
  )
}

/** Adds events to the evidence of an alert, each once; the first and the latest of the others are kept. Returns how many were new. */
export function addEvidence(database: Database, alertId: string, findingId: string, events: readonly Event[]): number {
  let added = 0
  for (const event of events)
    added += database.run(
      'INSERT OR IGNORE INTO evidence (alert_id, finding_id, event_id, at, event) VALUES (?, ?, ?, ?, ?)',
      alertId,
      findingId,
      event.id,
      event.at,
      evidenceText(event),
    )
  if (added === 0) return 0
  database.run('UPDATE alerts SET evidence_total = evidence_total + ? WHERE id = ?', added, alertId)
  const kept = database.get<{ total: number }>('SELECT count(*) AS total FROM evidence WHERE alert_id = ?', alertId)
  const over = (kept?.total ?? 0) - evidenceLimit
  if (over > 0)
    database.run(
      `DELETE FROM evidence WHERE number IN
         (SELECT number FROM evidence WHERE alert_id = ? ORDER BY at, number LIMIT ? OFFSET 1)`,
      alertId,
      over,
    )
  return added
}

/** Characters of one evidence event that are kept whole; longer ones have their longest texts cut. */
const evidenceTextMax = 256 * 1024
const textMax = 8192

function evidenceText(event: Event): string {
  const whole = JSON.stringify(event)
  if (whole.length <= evidenceTextMax) return whole
  const cut = JSON.stringify(event, (_key, value) =>
    typeof value === 'string' && value.length > textMax ? `${value.slice(0, textMax)}…` : value,
  )
  if (cut.length <= evidenceTextMax) return cut
  const { schema, id, type, at, asset, sensor } = event
  return JSON.stringify({ schema, id, type, at, asset, sensor, cut: true })
}
