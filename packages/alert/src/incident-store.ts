/** What the server asks of the place where incidents live. They come into being with alerts: `AlertStore.commit` joins them. */
import type { Level, Stage } from '@rampart/event'
import type { Alert, AssetScope, Page } from './alert.ts'
import type { Incident, IncidentNote, IncidentState } from './incident.ts'
import type { JoinKind } from './join-keys.ts'

export interface IncidentQuery {
  state?: readonly IncidentState[]
  level?: readonly Level[]
  stage?: readonly Stage[]
  asset?: readonly string[]
  assignee?: string
  /** Words, each of which must stand in the title, an asset, an address or an entity. */
  q?: string
  from?: number
  to?: number
  /** Only incidents of which one alert may be seen. */
  scope?: AssetScope
  sort: 'lastAt' | 'level'
  cursor?: string
  limit: number
}

export interface IncidentHandling {
  id: string
  operation: 'close' | 'reopen' | 'assign' | 'add note'
  version: number
  actor: string
  at: number
  note?: string
  assignee?: string | null
}

/** A note written anew by its author; null takes it away. */
export interface IncidentNoteChange {
  id: string
  /** Id of the entry of the history. */
  entry: string
  note: string | null
  actor: string
  at: number
}

export interface IncidentRefused {
  code:
    | 'incident.not-found'
    | 'incident.changed'
    | 'incident.not-offered'
    | 'incident.note-missing'
    | 'incident.note-not-found'
    | 'incident.note-not-yours'
  message: string
}
export type IncidentHandled = { ok: true; incident: Incident } | { ok: false; error: IncidentRefused }

/** Why two alerts belong together. */
export interface SharedKey {
  kind: JoinKind
  value: string
}

export interface IncidentStore {
  /** The incident, or the one that took it over; null when there is none. */
  get(id: string): Promise<Incident | null>
  list(query: IncidentQuery): Promise<Page<Incident>>
  /** Open incidents by level. */
  counts(scope?: AssetScope): Promise<Record<Level, number>>
  /** Its alerts, earliest first. */
  alerts(id: string): Promise<Alert[]>
  /** The incident of an alert. */
  ofAlert(alertId: string): Promise<Incident | null>
  /** Oldest first. */
  history(id: string): Promise<IncidentNote[]>
  handle(handling: IncidentHandling): Promise<IncidentHandled>
  /** Fails with `incident.not-found`, `incident.note-not-found` and `incident.note-not-yours`. */
  changeNote(change: IncidentNoteChange): Promise<IncidentHandled>
  /** Computes title, level and stages anew after its alerts changed. */
  refresh(id: string): Promise<Incident | null>
  /** Writes down what was done with the alerts of an incident. */
  note(id: string, entry: { at: number; actor: string; operation: string; note: string | null }): Promise<void>
  /** What other alerts have in common with this one, strongest first. */
  sharedWith(alertId: string, limit: number): Promise<{ alert: Alert; shared: SharedKey[] }[]>
  /** Forgets keys of before an instant, at most `limit`; incidents stay. Returns how many. */
  forgetKeys(before: number, limit: number): Promise<number>
}
