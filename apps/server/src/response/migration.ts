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
]
