/** Tables of what hosts have. */
import type { Migration } from '@rampart/alert'

export const inventoryMigrations: readonly Migration[] = [
  {
    name: 'inventory-1',
    sql: `
CREATE TABLE inventory_kinds (
  asset_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  digest TEXT NOT NULL,           -- the agent's name for these things; it tells what differs from them
  count INTEGER NOT NULL,
  left_out INTEGER NOT NULL,
  collected_at REAL NOT NULL,
  received_at REAL NOT NULL,
  PRIMARY KEY (asset_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE inventory_things (
  asset_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  facts TEXT NOT NULL,            -- JSON
  word TEXT NOT NULL,             -- what it is searched for across assets
  rank REAL NOT NULL,             -- orders before the name: number of a port, of an account
  since REAL,
  changed_at REAL,
  PRIMARY KEY (asset_id, kind, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX inventory_things_by_word ON inventory_things (kind, word);

CREATE TABLE inventory_changes (
  number INTEGER PRIMARY KEY,
  asset_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  operation TEXT NOT NULL,
  before TEXT,                    -- JSON
  after TEXT,                     -- JSON
  at REAL NOT NULL
) STRICT;
CREATE INDEX inventory_changes_by_asset ON inventory_changes (asset_id, at, number);
CREATE INDEX inventory_changes_by_time ON inventory_changes (at);
`,
  },
]
