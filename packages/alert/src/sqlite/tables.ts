/** Rows as SQLite holds them, their way to and from alerts and assets, and the query builder that knows the tables. */
import type { AlertState, AlertType, AssetKind, Edition, EntityKind, Level, Stage } from '@rampart/event'
import { stages } from '@rampart/event'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { Alert, Asset } from '../alert.ts'

export interface AlertRecord {
  number: number
  id: string
  aggregation_key: string
  open: number
  state: AlertState
  severity: number
  type: AlertType
  stage_mask: number
  techniques: string
  model_id: string
  title: string
  asset_id: string
  entity_kind: EntityKind
  entity_value: string
  source_address: string | null
  count: number
  first_at: number
  last_at: number
  raised_at: number
  assignee: string | null
  note_count: number
  evidence_total: number
  matched: string
  version: number
  hits: number
  last_hit_at: number | null
  silent: number
  decided_version: number
  decided_at: number | null
}

export interface AssetRecord {
  id: string
  name: string
  kind: AssetKind
  addresses: string
  grouped: string | null
  tags: string
  edition: Edition
  operating_system: string | null
  kernel: string | null
  search: string
  created_at: number
}

/** An alert with the columns of its asset that a row of the list shows. */
export type JoinedAlert = AlertRecord & {
  asset_name: string
  asset_kind: AssetKind
  asset_addresses: string
  asset_group: string | null
}

export interface Tables {
  alerts: AlertRecord
  assets: AssetRecord
}

/** Builds and compiles queries; they run on `Database.query`, synchronously, so that nothing slips into a transaction. */
export const builder = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

/** Start of every query for whole alerts. */
export const selectAlerts = `SELECT alerts.*, assets.name AS asset_name, assets.kind AS asset_kind,
  assets.addresses AS asset_addresses, assets.grouped AS asset_group FROM alerts JOIN assets ON assets.id = alerts.asset_id`

const severities: Record<Level, number> = { Urgent: 2, Warning: 1, Notice: 0 }
const levelNames: readonly Level[] = ['Notice', 'Warning', 'Urgent']

export function severityOf(level: Level): number {
  return severities[level]
}

export function levelOf(severity: number): Level {
  return levelNames[severity] ?? 'Notice'
}

export function maskOf(names: readonly Stage[]): number {
  return names.reduce((mask, name) => mask | (1 << stages.indexOf(name)), 0)
}

export function stagesOf(mask: number): Stage[] {
  return stages.filter((_, bit) => mask & (1 << bit))
}

export function toAlert(row: JoinedAlert): Alert {
  return {
    id: row.id,
    aggregationKey: row.aggregation_key,
    modelId: row.model_id,
    title: row.title,
    type: row.type,
    level: levelOf(row.severity),
    state: row.state,
    stages: stagesOf(row.stage_mask),
    techniques: row.techniques.split(',').filter(Boolean),
    asset: {
      id: row.asset_id,
      name: row.asset_name,
      kind: row.asset_kind,
      addresses: JSON.parse(row.asset_addresses),
      group: row.asset_group,
    },
    entity: { kind: row.entity_kind, value: row.entity_value },
    sourceAddress: row.source_address,
    count: row.count,
    firstAt: row.first_at,
    lastAt: row.last_at,
    raisedAt: row.raised_at,
    assignee: row.assignee,
    noteCount: row.note_count,
    evidenceTotal: row.evidence_total,
    matched: JSON.parse(row.matched),
    hits: row.hits,
    lastHitAt: row.last_hit_at,
    silent: row.silent === 1,
    version: row.version,
  }
}

export function toAsset(row: AssetRecord): Asset {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    addresses: JSON.parse(row.addresses),
    group: row.grouped,
    tags: JSON.parse(row.tags),
    edition: row.edition,
    operatingSystem: row.operating_system,
    kernel: row.kernel,
    createdAt: row.created_at,
  }
}
