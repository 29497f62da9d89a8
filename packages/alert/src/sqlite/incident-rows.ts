/** Rows of incidents with those of their alerts → incidents as they are shown. */
import type { AlertState, AssetKind } from '@rampart/event'
import {
  headlineOf,
  type Incident,
  type IncidentState,
  levelOfAll,
  type Member,
  stagesOfAll,
  titleOf,
  weighed,
} from '../incident.ts'
import type { Database } from './database.ts'
import { levelOf, stagesOf } from './tables.ts'

export interface IncidentRecord {
  id: string
  state: 'open' | 'closed' | 'merged'
  merged_into: string | null
  title: string
  severity: number
  stage_mask: number
  alert_count: number
  left_out: number
  first_at: number
  last_at: number
  created_at: number
  assignee: string | null
  note_count: number
  version: number
}

interface MemberRecord {
  incident_id: string
  id: string
  title: string
  severity: number
  state: AlertState
  stage_mask: number
  first_at: number
  last_at: number
  source_address: string | null
  asset_id: string
  asset_name: string
  asset_kind: AssetKind
}

/** The incidents of the rows, in their order; one query over narrow rows reads all their alerts. */
export function viewIncidents(database: Database, rows: readonly IncidentRecord[]): Incident[] {
  const members = readMembers(
    database,
    rows.map((row) => row.id),
  )
  return rows.map((row) => viewOf(row, members.get(row.id) ?? []))
}

function readMembers(database: Database, ids: readonly string[]): Map<string, Member[]> {
  const rows = database.all<MemberRecord>(
    `SELECT incident_id, alerts.id, title, severity, state, stage_mask, first_at, last_at, source_address, asset_id,
         assets.name AS asset_name, assets.kind AS asset_kind
       FROM json_each(?) CROSS JOIN incident_alerts ON incident_id = value
         JOIN alerts ON alerts.id = alert_id JOIN assets ON assets.id = asset_id`,
    JSON.stringify(ids),
  )
  const members = new Map<string, Member[]>(ids.map((id) => [id, []]))
  for (const row of rows) members.get(row.incident_id)?.push(toMember(row))
  for (const list of members.values())
    list.sort((one, other) => one.firstAt - other.firstAt || (one.id < other.id ? -1 : 1))
  return members
}

function viewOf(row: IncidentRecord, members: readonly Member[]): Incident {
  const weighty = weighed(members)
  return {
    id: row.id,
    title: titleOf(headlineOf(weighty)),
    headline: headlineOf(weighty),
    level: levelOfAll(weighty),
    state: row.state as IncidentState,
    stages: stagesOfAll(weighty),
    assets: [...new Map(members.map(({ asset: { id, name, kind } }) => [id, { id, name, kind }])).values()],
    alertCount: row.alert_count,
    openCount: members.filter(({ state }) => state === 'unhandled' || state === 'handling').length,
    firstAt: row.first_at,
    lastAt: row.last_at,
    createdAt: row.created_at,
    assignee: row.assignee,
    noteCount: row.note_count,
    leftOut: row.left_out,
    version: row.version,
  }
}

function toMember(row: MemberRecord): Member {
  return {
    id: row.id,
    title: row.title,
    level: levelOf(row.severity),
    state: row.state,
    stages: stagesOf(row.stage_mask),
    firstAt: row.first_at,
    lastAt: row.last_at,
    sourceAddress: row.source_address,
    asset: { id: row.asset_id, name: row.asset_name, kind: row.asset_kind },
  }
}
