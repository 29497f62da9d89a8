/** Tables of the server itself: agents, people, settings. Never edit a migration that was released; add one. */
import { alertMigrations, type Migration } from '@rampart/alert'
import { inventoryMigrations } from '../inventory/migration.ts'
import { notificationMigrations } from '../notify/migrations.ts'
import { responseMigrations } from '../response/migration.ts'
import { agentMigrations } from './agent-migrations.ts'
import { batchMigrations } from './alert-batches.ts'
import { collectionMigrations } from './collections.ts'
import { peopleMigrations } from './people-migrations.ts'
import { savedFilterMigrations } from './saved-filters.ts'
import { scopeMigrations } from './scope-migrations.ts'

export const migrations: readonly Migration[] = [
  ...alertMigrations,
  {
    name: 'server-1',
    sql: `
CREATE TABLE agents (
  asset_id TEXT PRIMARY KEY,
  machine_id TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  version TEXT,
  boot_id TEXT,
  last_seen_at REAL,
  connected_at REAL,
  spool TEXT,                     -- JSON, from the last heartbeat
  resources TEXT,                 -- JSON, from the last heartbeat
  enrolled_at REAL NOT NULL
) STRICT;
CREATE INDEX agents_by_machine ON agents (machine_id);

CREATE TABLE sensors (
  asset_id TEXT NOT NULL,
  sensor TEXT NOT NULL,
  health TEXT NOT NULL,           -- JSON, from the last heartbeat
  changed_at REAL NOT NULL,
  PRIMARY KEY (asset_id, sensor)
) STRICT, WITHOUT ROWID;

CREATE TABLE certificates (
  serial TEXT PRIMARY KEY,
  asset_id TEXT NOT NULL,
  not_after REAL NOT NULL,
  created_at REAL NOT NULL,
  revoked_at REAL,
  reason TEXT
) STRICT;
CREATE INDEX certificates_by_asset ON certificates (asset_id);

CREATE TABLE enrolment_tokens (
  hash TEXT PRIMARY KEY,          -- SHA-256 of the secret
  uses_left INTEGER NOT NULL,
  expires_at REAL NOT NULL,
  created_by TEXT NOT NULL,
  created_at REAL NOT NULL
) STRICT;

CREATE TABLE users (
  name TEXT PRIMARY KEY COLLATE NOCASE,
  role TEXT NOT NULL,
  password TEXT NOT NULL,         -- argon2id
  must_change INTEGER NOT NULL,
  created_at REAL NOT NULL,
  signed_in_at REAL
) STRICT;

CREATE TABLE sessions (
  hash TEXT PRIMARY KEY,          -- SHA-256 of the token
  user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
  created_at REAL NOT NULL,
  seen_at REAL NOT NULL,
  address TEXT
) STRICT;

CREATE TABLE audit_trail (
  number INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  actor TEXT NOT NULL,
  address TEXT,
  action TEXT NOT NULL,
  subject TEXT,
  detail TEXT                     -- JSON
) STRICT;
CREATE INDEX audit_trail_by_time ON audit_trail (at);

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL             -- JSON
) STRICT;

CREATE TABLE defence_items (
  id TEXT PRIMARY KEY,
  enabled INTEGER NOT NULL
) STRICT;

CREATE TABLE model_switches (
  model_id TEXT PRIMARY KEY,
  enabled INTEGER NOT NULL
) STRICT;
`,
  },
  ...peopleMigrations,
  ...notificationMigrations,
  ...responseMigrations,
  ...agentMigrations,
  ...batchMigrations,
  ...scopeMigrations,
  ...savedFilterMigrations,
  ...collectionMigrations,
  ...inventoryMigrations,
]
