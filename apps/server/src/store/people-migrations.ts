/** Tables of people beyond those of `server-1`. Never edit a migration that was released; add one. */
import type { Migration } from '@rampart/alert'

export const peopleMigrations: readonly Migration[] = [
  {
    name: 'people-1',
    sql: `
ALTER TABLE users ADD COLUMN asset_groups TEXT;  -- JSON array; null sees every asset
`,
  },
  {
    name: 'people-2',
    sql: `
ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN code_secret TEXT;           -- base32, RFC 6238; null without a second factor
ALTER TABLE users ADD COLUMN code_secret_offered TEXT;   -- shown, and not proven by a code yet
ALTER TABLE users ADD COLUMN code_step INTEGER NOT NULL DEFAULT 0;  -- of the last code that was taken

CREATE TABLE recovery_codes (
  user_name TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
  hash TEXT NOT NULL,             -- SHA-256; used ones are deleted
  PRIMARY KEY (user_name, hash)
) STRICT, WITHOUT ROWID;

DROP TABLE sessions;              -- everybody signs in once more
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,            -- random, never leaves the server
  hash TEXT NOT NULL UNIQUE,      -- SHA-256 of the token
  previous_hash TEXT UNIQUE,      -- of the token before, good for a moment more
  user_name TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
  created_at REAL NOT NULL,
  rotated_at REAL NOT NULL,
  seen_at REAL NOT NULL,
  address TEXT NOT NULL,
  browser TEXT NOT NULL           -- the User-Agent header
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_name);

CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,      -- SHA-256
  user_name TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
  title TEXT NOT NULL,
  role TEXT NOT NULL,             -- ceiling
  asset_groups TEXT,              -- JSON array; null for those of the user
  created_at REAL NOT NULL,
  expires_at REAL NOT NULL,
  used_at REAL,
  used_from TEXT
) STRICT;
CREATE INDEX api_tokens_by_user ON api_tokens (user_name);

ALTER TABLE audit_trail ADD COLUMN hash TEXT;            -- SHA-256 over the hash before and this row; null before the chain began
CREATE INDEX audit_trail_by_actor ON audit_trail (actor, number);
CREATE INDEX audit_trail_by_action ON audit_trail (action, number);
-- Where the chain goes on after old rows were removed: hash of the last one of them.
CREATE TABLE audit_floor (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL, hash TEXT) STRICT;
CREATE TRIGGER audit_trail_is_not_changed BEFORE UPDATE ON audit_trail
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_trail_keeps BEFORE DELETE ON audit_trail
  WHEN old.number > coalesce((SELECT number FROM audit_floor), 0)
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
`,
  },
  {
    name: 'people-3',
    sql: `
CREATE TABLE known_browsers (
  hash TEXT NOT NULL,             -- SHA-256 of the token
  user_name TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
  seen_at REAL NOT NULL,          -- last sign-in
  PRIMARY KEY (hash, user_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX known_browsers_by_user ON known_browsers (user_name, seen_at);
`,
  },
]
