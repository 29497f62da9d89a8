/** The alert store on one SQLite file. Methods are asynchronous by contract; each runs whole, without a pause. */

import type { Event } from '@rampart/event'
import type {
  Alert,
  AlertFilter,
  AlertQuery,
  AssetChange,
  AssetScope,
  Evidence,
  HistoryEntry,
  Similar,
} from '../alert.ts'
import { type OperationOffer, offeredOperations } from '../life-cycle.ts'
import type { AlertStore, Committed, Handled, Handling, Movement, NoteChange, Stream, Work } from '../store.ts'
import { readAsset, readAssets, saveAsset } from './assets.ts'
import { alertsOfProcesses } from './by-process.ts'
import { addEvidence, commitWork } from './commit.ts'
import type { Database } from './database.ts'
import { countFacets } from './facets.ts'
import { circumstancesOf, expireAlerts, handleAlert, moveAlert, readHistory } from './handle.ts'
import { listAlerts, matchingAlerts } from './list.ts'
import { changeNote } from './notes.ts'
import { countByAsset, countByModel, countNumbers } from './numbers.ts'
import { findSimilar } from './similar.ts'
import { countStatistics } from './statistics.ts'
import { type JoinedAlert, selectAlerts, toAlert } from './tables.ts'

/** Uses `database`, which needs `alertMigrations`; the caller closes it. */
export class SqliteAlertStore implements AlertStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async commit(work: Work): Promise<Committed> {
    return this.#database.transaction(() => commitWork(this.#database, work))
  }

  async acknowledged(stream: Stream): Promise<number> {
    const row = this.#database.get<{ sequence: number }>(
      'SELECT sequence FROM streams WHERE source = ? AND spool_id = ?',
      stream.source,
      stream.spoolId,
    )
    return row?.sequence ?? 0
  }

  async streams(): Promise<(Stream & { sequence: number })[]> {
    return this.#database
      .all<Stream & { sequence: number }>('SELECT source, spool_id AS spoolId, sequence FROM streams')
      .map((row) => ({ ...row }))
  }

  async eventsReceived(source: string): Promise<number> {
    const row = this.#database.get<{ total: number }>(
      'SELECT coalesce(sum(events), 0) AS total FROM streams WHERE source = ?',
      source,
    )
    return row?.total ?? 0
  }

  #get(id: string): Alert | null {
    const row = this.#database.get<JoinedAlert>(`${selectAlerts} WHERE alerts.id = ?`, id)
    return row ? toAlert(row) : null
  }

  async get(id: string): Promise<Alert | null> {
    return this.#get(id)
  }

  async list(query: AlertQuery) {
    return listAlerts(this.#database, query)
  }

  async facets(filter: AlertFilter) {
    return countFacets(this.#database, filter)
  }

  async statistics(span: { from: number; to: number; steps: number }, scope: AssetScope = null) {
    return countStatistics(this.#database, span, scope)
  }

  async numbers(now: number, scope: AssetScope = null) {
    return countNumbers(this.#database, now, scope)
  }

  async addEvidence(alertId: string, findingId: string, events: readonly Event[]): Promise<Alert | null> {
    const added = this.#database.transaction(() => addEvidence(this.#database, alertId, findingId, events))
    return added > 0 ? this.#get(alertId) : null
  }

  async evidence(id: string): Promise<Evidence[]> {
    // Of events of one instant (logs know seconds) the one that completed a finding is first: it was stored first.
    return this.#database
      .all<{ finding_id: string; event: string }>(
        'SELECT finding_id, event FROM evidence WHERE alert_id = ? ORDER BY at DESC, number',
        id,
      )
      .map((row) => ({ findingId: row.finding_id, event: JSON.parse(row.event) }))
  }

  async eventIds(id: string, limit: number): Promise<string[]> {
    const rows = this.#database.all<{ event_ids: string }>(
      'SELECT event_ids FROM findings WHERE alert_id = ? ORDER BY at DESC LIMIT ?',
      id,
      limit,
    )
    return [...new Set(rows.flatMap((row) => (JSON.parse(row.event_ids) as string[]).reverse()))].slice(0, limit)
  }

  async history(id: string): Promise<HistoryEntry[]> {
    return readHistory(this.#database, id)
  }

  async related(id: string, limit: number): Promise<Alert[]> {
    const rows = this.#database.all<JoinedAlert>(
      `SELECT alerts.*, assets.name AS asset_name, assets.kind AS asset_kind, assets.addresses AS asset_addresses,
         assets.grouped AS asset_group
       FROM (SELECT theirs.alert_id AS related_id, sum(CASE theirs.kind WHEN 'process' THEN 4 ELSE 1 END) AS strength
             FROM links mine JOIN links theirs
               ON theirs.asset_id = mine.asset_id AND theirs.kind = mine.kind AND theirs.value = mine.value
             WHERE mine.alert_id = ? AND theirs.alert_id <> mine.alert_id GROUP BY theirs.alert_id)
       JOIN alerts ON alerts.id = related_id JOIN assets ON assets.id = alerts.asset_id
       ORDER BY strength DESC, last_at DESC LIMIT ?`,
      id,
      limit,
    )
    return rows.map(toAlert)
  }

  async ofProcesses(assetId: string, entityIds: readonly string[]) {
    return alertsOfProcesses(this.#database, assetId, entityIds)
  }

  async operations(id: string): Promise<OperationOffer[]> {
    const alert = this.#get(id)
    return alert ? offeredOperations(alert.state, circumstancesOf(this.#database, alert)) : []
  }

  async move(movement: Movement): Promise<Handled> {
    return this.#database.transaction(() => moveAlert(this.#database, movement))
  }

  async handle(handling: Handling): Promise<Handled> {
    return this.#database.transaction(() => handleAlert(this.#database, handling))
  }

  async changeNote(change: NoteChange): Promise<Handled> {
    return this.#database.transaction(() => changeNote(this.#database, change))
  }

  async handleMany(handlings: readonly Handling[]): Promise<Handled[]> {
    return this.#database.transaction(() => handlings.map((handling) => handleAlert(this.#database, handling)))
  }

  async matching(filter: AlertFilter, limit: number) {
    return matchingAlerts(this.#database, filter, limit)
  }

  async inBatch(batch: string): Promise<Set<string>> {
    const rows = this.#database.all<{ alert_id: string }>(
      `SELECT alert_id FROM history WHERE batch = ? AND NOT EXISTS (SELECT 1 FROM history AS later
         WHERE later.alert_id = history.alert_id AND later.number > history.number AND later.operation = 'not begun')`,
      batch,
    )
    return new Set(rows.map((row) => row.alert_id))
  }

  async similar(id: string, scope: AssetScope = null): Promise<Similar[]> {
    return findSimilar(this.#database, id, scope)
  }

  async expire(before: number, at: number, limit: number): Promise<Alert[]> {
    return this.#database.transaction(() => expireAlerts(this.#database, before, at, limit))
  }

  async countsByModel(scope: AssetScope = null) {
    return countByModel(this.#database, scope)
  }

  async countsByAsset() {
    return countByAsset(this.#database)
  }

  async forgetFindings(before: number, limit: number) {
    return this.#database.run(
      'DELETE FROM findings WHERE id IN (SELECT id FROM findings WHERE stored_at < ? ORDER BY stored_at LIMIT ?)',
      before,
      limit,
    )
  }

  async saveAsset(change: AssetChange, at: number) {
    return saveAsset(this.#database, change, at)
  }

  async asset(id: string) {
    return readAsset(this.#database, id)
  }

  async assets() {
    return readAssets(this.#database)
  }
}
