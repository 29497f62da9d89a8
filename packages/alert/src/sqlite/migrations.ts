/** Tables of alerts and assets. Never edit a migration that was released; add one. */
import { countsMigrations } from './counts-migration.ts'
import type { Migration } from './database.ts'
import { evidenceMigrations } from './evidence-migrations.ts'
import { incidentMigrations } from './incident-migration.ts'
import { incidentNoteMigrations } from './incident-notes.ts'
import { noteMigrations } from './notes.ts'

export const alertMigrations: readonly Migration[] = [
  {
    name: 'alert-1',
    sql: `
CREATE TABLE assets (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  addresses TEXT NOT NULL,        -- JSON array
  grouped TEXT,                   -- the asset group
  tags TEXT NOT NULL,             -- JSON array
  edition TEXT NOT NULL,
  operating_system TEXT,
  kernel TEXT,
  search TEXT NOT NULL,           -- lower-case name and addresses
  created_at REAL NOT NULL
) STRICT;
CREATE INDEX assets_by_name ON assets (name, id);

CREATE TABLE alerts (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  aggregation_key TEXT NOT NULL,
  open INTEGER NOT NULL,          -- 1: unhandled or handling
  state TEXT NOT NULL,
  severity INTEGER NOT NULL,      -- 2 Urgent, 1 Warning, 0 Notice
  type TEXT NOT NULL,
  stage_mask INTEGER NOT NULL,    -- bit n: stage n of the vocabulary
  techniques TEXT NOT NULL,       -- ,T1059.004,T1053,
  model_id TEXT NOT NULL,
  title TEXT NOT NULL,
  asset_id TEXT NOT NULL REFERENCES assets (id),
  entity_kind TEXT NOT NULL,
  entity_value TEXT NOT NULL,
  source_address TEXT,
  count INTEGER NOT NULL,
  first_at REAL NOT NULL,
  last_at REAL NOT NULL,
  raised_at REAL NOT NULL,
  assignee TEXT,
  note_count INTEGER NOT NULL DEFAULT 0,
  evidence_total INTEGER NOT NULL,
  matched TEXT NOT NULL,          -- JSON array
  version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX alerts_one_open ON alerts (aggregation_key) WHERE open = 1;
CREATE INDEX alerts_by_key ON alerts (aggregation_key, number);
CREATE INDEX alerts_by_last ON alerts (open, last_at, id);
CREATE INDEX alerts_by_severity ON alerts (open, severity, last_at, id);
CREATE INDEX alerts_by_first ON alerts (open, first_at, last_at, id);
CREATE INDEX alerts_by_count ON alerts (open, count, last_at, id);
CREATE INDEX alerts_by_type ON alerts (open, type, last_at, id);
CREATE INDEX alerts_by_state ON alerts (open, state, last_at, id);
-- Wider than its order needs: searches for one or two letters read it instead of the rows.
CREATE INDEX alerts_by_title ON alerts (open, title, last_at, id, entity_value, source_address);
CREATE INDEX alerts_by_asset ON alerts (asset_id, open, last_at, id);
CREATE INDEX alerts_by_raised ON alerts (raised_at, severity, state, asset_id);
CREATE INDEX alerts_by_model ON alerts (model_id, open, last_at);
-- Covers counts and facets, so that they never read the wide rows.
CREATE INDEX alerts_facets ON alerts (open, severity, type, state, stage_mask, asset_id, model_id, last_at);
CREATE VIRTUAL TABLE alert_search USING fts5 (text, content = '', contentless_delete = 1, tokenize = 'trigram');

CREATE TABLE alert_techniques (
  technique TEXT NOT NULL,
  alert_number INTEGER NOT NULL,
  PRIMARY KEY (technique, alert_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
  id TEXT PRIMARY KEY,
  alert_id TEXT NOT NULL,
  at REAL NOT NULL,
  stored_at REAL NOT NULL,
  event_ids TEXT NOT NULL         -- JSON array
) STRICT, WITHOUT ROWID;
CREATE INDEX findings_by_alert ON findings (alert_id, at);
CREATE INDEX findings_by_stored ON findings (stored_at);

CREATE TABLE evidence (
  number INTEGER PRIMARY KEY,
  alert_id TEXT NOT NULL,
  finding_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  at REAL NOT NULL,
  event TEXT NOT NULL             -- JSON
) STRICT;
CREATE UNIQUE INDEX evidence_once ON evidence (alert_id, event_id);
CREATE INDEX evidence_by_alert ON evidence (alert_id, at, number);

CREATE TABLE links (
  asset_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  alert_id TEXT NOT NULL,
  PRIMARY KEY (asset_id, kind, value, alert_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_alert ON links (alert_id);

CREATE TABLE history (
  number INTEGER PRIMARY KEY,
  alert_id TEXT NOT NULL,
  at REAL NOT NULL,
  actor TEXT NOT NULL,
  operation TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT,
  note TEXT
) STRICT;
CREATE INDEX history_by_alert ON history (alert_id, number);

CREATE TABLE streams (
  source TEXT NOT NULL,
  spool_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  events INTEGER NOT NULL,
  changed_at REAL NOT NULL,
  PRIMARY KEY (source, spool_id)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: 'alert-life-cycle',
    sql: `
ALTER TABLE alerts ADD COLUMN hits INTEGER NOT NULL DEFAULT 0;      -- repeats absorbed
ALTER TABLE alerts ADD COLUMN last_hit_at REAL;
ALTER TABLE alerts ADD COLUMN silent INTEGER NOT NULL DEFAULT 0;    -- 1: repeats are absorbed
ALTER TABLE alerts ADD COLUMN decided_version INTEGER NOT NULL DEFAULT 1; -- version of the last decision
ALTER TABLE alerts ADD COLUMN decided_at REAL;
DROP INDEX alerts_facets;
CREATE INDEX alerts_facets ON alerts (open, severity, type, state, stage_mask, assignee, asset_id, model_id, last_at);
CREATE INDEX alerts_by_assignee ON alerts (assignee, open, last_at, id);
CREATE INDEX alerts_by_source ON alerts (source_address, open, last_at, id);

ALTER TABLE history ADD COLUMN undoes INTEGER;                      -- number of the row that was taken back
ALTER TABLE history ADD COLUMN batch TEXT;
ALTER TABLE history ADD COLUMN before TEXT;                         -- JSON: what undo restores
CREATE INDEX history_by_batch ON history (batch) WHERE batch IS NOT NULL;
CREATE INDEX history_by_undone ON history (undoes) WHERE undoes IS NOT NULL;

CREATE TABLE alert_traits (
  kind TEXT NOT NULL,             -- hash, address, url
  value TEXT NOT NULL,
  alert_number INTEGER NOT NULL,
  PRIMARY KEY (kind, value, alert_number)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_traits_by_alert ON alert_traits (alert_number);
INSERT INTO alert_traits SELECT 'address', source_address, number FROM alerts
  WHERE source_address IS NOT NULL AND source_address <> '::1' AND source_address NOT LIKE '127.%';
INSERT OR IGNORE INTO alert_traits
  SELECT 'hash', json_extract(event, '$.file.hash.sha256'), alerts.number
  FROM evidence JOIN alerts ON alerts.id = alert_id WHERE json_extract(event, '$.file.hash.sha256') IS NOT NULL;
INSERT OR IGNORE INTO alert_traits
  SELECT 'url', json_extract(event, '$.web.url'), alerts.number
  FROM evidence JOIN alerts ON alerts.id = alert_id WHERE length(json_extract(event, '$.web.url')) BETWEEN 1 AND 2048;
`,
  },
  {
    name: 'alert-whitelist-rules',
    sql: `
CREATE TABLE whitelist_rules (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  conditions TEXT NOT NULL,       -- JSON array of {field, operator, value}, joined by and
  model_id TEXT,                  -- either this or type
  type TEXT,
  asset_id TEXT,                  -- neither this nor asset_group: all assets
  asset_group TEXT,
  reason TEXT NOT NULL,
  alert_id TEXT,                  -- the alert that it was made from
  made_by TEXT NOT NULL,
  made_at REAL NOT NULL,
  changed_by TEXT,
  changed_at REAL,
  expires_at REAL,
  enabled INTEGER NOT NULL,
  deleted_at REAL,                -- deleted rules stay for a while, to be restored
  hits INTEGER NOT NULL DEFAULT 0,
  last_hit_at REAL
) STRICT;
`,
  },
  ...incidentMigrations,
  ...countsMigrations,
  ...evidenceMigrations,
  ...noteMigrations,
  ...incidentNoteMigrations,
]
