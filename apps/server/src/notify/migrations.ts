/** Tables of notification channels. */
import type { Migration } from '@rampart/alert'

export const notificationMigrations: readonly Migration[] = [
  {
    name: 'notifications-1',
    sql: `
CREATE TABLE notification_channels (
  id TEXT PRIMARY KEY,
  settings TEXT NOT NULL,         -- JSON
  secrets TEXT NOT NULL,          -- JSON
  created_at REAL NOT NULL,
  dropped INTEGER NOT NULL DEFAULT 0,
  last_sent_at REAL,
  failure TEXT                    -- JSON, null while messages get through
) STRICT;

CREATE TABLE notification_queue (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  channel_id TEXT NOT NULL REFERENCES notification_channels (id) ON DELETE CASCADE,
  alert_id TEXT NOT NULL,
  urgent INTEGER NOT NULL,
  held INTEGER NOT NULL DEFAULT 0, -- 1: quiet hours or the limit kept it back
  queued_at REAL NOT NULL
) STRICT;
CREATE UNIQUE INDEX notification_queue_once ON notification_queue (channel_id, alert_id);

CREATE TABLE notification_deliveries (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  channel_id TEXT NOT NULL REFERENCES notification_channels (id) ON DELETE CASCADE,
  at REAL NOT NULL,
  kind TEXT NOT NULL,
  alerts INTEGER NOT NULL,
  ok INTEGER NOT NULL,
  code TEXT,
  message TEXT NOT NULL,
  took_ms REAL NOT NULL
) STRICT;
CREATE INDEX notification_deliveries_by_channel ON notification_deliveries (channel_id, number);

-- Number of the last alert that was looked at. What was raised before the first start is not told.
CREATE TABLE notification_cursor (one INTEGER PRIMARY KEY CHECK (one = 1), alert_number INTEGER NOT NULL) STRICT;
INSERT INTO notification_cursor SELECT 1, coalesce(max(number), 0) FROM alerts;
`,
  },
]
