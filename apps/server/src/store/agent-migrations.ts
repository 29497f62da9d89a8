/** Tables of what people decide about agents. */
import type { Migration } from '@rampart/alert'

export const agentMigrations: readonly Migration[] = [
  {
    name: 'agents-1',
    sql: `
ALTER TABLE enrolment_tokens ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;
UPDATE enrolment_tokens SET uses = uses_left;

CREATE TABLE enrolments (
  token TEXT NOT NULL,            -- SHA-256 of the enrolment token
  asset_id TEXT NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY (token, asset_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE removed_assets (
  asset_id TEXT PRIMARY KEY,
  removed_by TEXT NOT NULL,
  removed_at REAL NOT NULL
) STRICT;

CREATE TABLE agent_settings (
  asset_id TEXT PRIMARY KEY,
  spool_megabytes INTEGER NOT NULL
) STRICT;

CREATE TABLE uninstall_tokens (
  hash TEXT PRIMARY KEY,          -- SHA-256 of the token
  asset_id TEXT NOT NULL,
  expires_at REAL NOT NULL,
  created_by TEXT NOT NULL,
  created_at REAL NOT NULL
) STRICT;
`,
  },
]
