/** Tables of incidents. Never edit a migration that was released; add one. */
import type { Migration } from './database.ts'

export const incidentMigrations: readonly Migration[] = [
  {
    name: 'incident-1',
    sql: `
CREATE TABLE incidents (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,            -- open, closed, merged
  merged_into TEXT,               -- the incident that took its alerts over
  title TEXT NOT NULL,
  search TEXT NOT NULL,           -- lower-case title, names of assets and addresses
  severity INTEGER NOT NULL,      -- 2 Urgent, 1 Warning, 0 Notice
  stage_mask INTEGER NOT NULL,
  alert_count INTEGER NOT NULL,
  left_out INTEGER NOT NULL DEFAULT 0,
  first_at REAL NOT NULL,
  last_at REAL NOT NULL,
  created_at REAL NOT NULL,
  assignee TEXT,
  note_count INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX incidents_by_last ON incidents (state, last_at, id);
CREATE INDEX incidents_by_severity ON incidents (state, severity, last_at, id);

CREATE TABLE incident_alerts (
  alert_id TEXT PRIMARY KEY,
  incident_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_alerts_by_incident ON incident_alerts (incident_id);

-- What alerts have in common, per step of time.
CREATE TABLE join_keys (
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  at INTEGER NOT NULL,
  alert_id TEXT NOT NULL,
  PRIMARY KEY (kind, value, at, alert_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX join_keys_by_time ON join_keys (at);
CREATE INDEX join_keys_by_alert ON join_keys (alert_id, kind, value);

CREATE TABLE incident_history (
  number INTEGER PRIMARY KEY,
  incident_id TEXT NOT NULL,
  at REAL NOT NULL,
  actor TEXT NOT NULL,
  operation TEXT NOT NULL,
  note TEXT
) STRICT;
CREATE INDEX incident_history_by_incident ON incident_history (incident_id, number);
`,
  },
]
