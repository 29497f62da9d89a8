/** Tables of operations and of the tasks that agents carry out for them. */
import type { Migration } from '@rampart/alert'

export const responseMigrations: readonly Migration[] = [
  {
    name: 'response-1',
    sql: `
CREATE TABLE operations (
  id TEXT PRIMARY KEY,            -- rises with time
  name TEXT NOT NULL,
  title TEXT NOT NULL,            -- what it does, one sentence
  alert_id TEXT,
  actor TEXT NOT NULL,
  note TEXT,
  undoes TEXT REFERENCES operations (id),
  subject TEXT,                   -- JSON: what undoing it needs
  state TEXT NOT NULL,
  created_at REAL NOT NULL,
  finished_at REAL
) STRICT;
CREATE INDEX operations_by_alert ON operations (alert_id, id);
CREATE INDEX operations_by_state ON operations (state, id);
CREATE INDEX operations_by_undone ON operations (undoes);

CREATE TABLE tasks (
  id TEXT PRIMARY KEY,            -- rises with time
  operation_id TEXT NOT NULL REFERENCES operations (id),
  asset_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  parameters TEXT NOT NULL,       -- JSON
  state TEXT NOT NULL,
  code TEXT,
  message TEXT,
  progress REAL,
  details TEXT,                   -- JSON, as the agent gave it
  created_at REAL NOT NULL,
  expires_at REAL NOT NULL,
  sent_at REAL,
  finished_at REAL
) STRICT;
CREATE INDEX tasks_by_operation ON tasks (operation_id, id);
CREATE INDEX tasks_open ON tasks (asset_id, id) WHERE finished_at IS NULL;
CREATE INDEX tasks_by_expiry ON tasks (expires_at) WHERE finished_at IS NULL;
`,
  },
  {
    name: 'response-2',
    sql: `
CREATE TABLE quarantine (
  entry TEXT PRIMARY KEY,         -- rises with time; the same id in the vault of the host
  asset_id TEXT NOT NULL,
  path TEXT NOT NULL,
  state TEXT NOT NULL,
  sha256 TEXT,
  size_bytes INTEGER,
  owner_id INTEGER,
  group_id INTEGER,
  mode INTEGER,
  other_names INTEGER NOT NULL DEFAULT 0,
  alert_id TEXT,
  model TEXT,                     -- title of the model that found it
  operation_id TEXT NOT NULL,     -- the one that brought it here
  actor TEXT NOT NULL,
  code TEXT,                      -- of what was done last
  message TEXT,
  created_at REAL NOT NULL,
  kept_until REAL,
  changed_at REAL NOT NULL
) STRICT;
CREATE INDEX quarantine_by_state ON quarantine (state, entry);
CREATE INDEX quarantine_by_asset ON quarantine (asset_id, entry);
CREATE INDEX quarantine_by_end ON quarantine (kept_until) WHERE state = 'quarantined';

CREATE TABLE ip_rules (
  id TEXT PRIMARY KEY,            -- rises with time
  kind TEXT NOT NULL,             -- system: made by brute-force defence
  address TEXT NOT NULL,          -- canonical address or range
  direction TEXT NOT NULL,
  assets TEXT,                    -- JSON array of ids; null for all
  reason TEXT NOT NULL,
  alert_id TEXT,
  actor TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_at REAL NOT NULL,
  expires_at REAL                 -- null for none
) STRICT;
CREATE INDEX ip_rules_by_address ON ip_rules (address);
CREATE INDEX ip_rules_by_end ON ip_rules (enabled, expires_at);

CREATE TABLE ip_rule_assets (
  rule_id TEXT NOT NULL REFERENCES ip_rules (id) ON DELETE CASCADE,
  asset_id TEXT NOT NULL,
  state TEXT NOT NULL,            -- pending, in force, removing, removed, failed
  message TEXT,
  changed_at REAL NOT NULL,
  PRIMARY KEY (rule_id, asset_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE approved_addresses (
  address TEXT PRIMARY KEY,       -- canonical address or range
  note TEXT NOT NULL,
  actor TEXT NOT NULL,
  created_at REAL NOT NULL
) STRICT;

CREATE TABLE brute_force_rules (
  asset_id TEXT PRIMARY KEY,      -- empty: the default rule
  rule TEXT NOT NULL,             -- JSON
  actor TEXT NOT NULL,
  changed_at REAL NOT NULL
) STRICT;

CREATE INDEX tasks_by_asset ON tasks (asset_id, operation_id);

CREATE TABLE isolated_assets (
  asset_id TEXT PRIMARY KEY,
  operation_id TEXT NOT NULL,
  until REAL
) STRICT;
`,
  },
]
