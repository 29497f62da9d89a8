/** Counts of alerts, kept by the database itself with every change of an alert. Never edit a migration that was released; add one. */
import type { Migration } from './database.ts'

const countUp = (row: 'NEW' | 'OLD', by: 1 | -1) => `
  INSERT INTO alert_counts (open, severity, type, state, stage_mask, assignee, total)
    VALUES (${row}.open, ${row}.severity, ${row}.type, ${row}.state, ${row}.stage_mask, ${row}.assignee, ${by})
    ON CONFLICT (open, severity, type, state, stage_mask, coalesce(assignee, '')) DO UPDATE SET total = total + ${by};
  INSERT INTO asset_counts (asset_id, open, severity, total) VALUES (${row}.asset_id, ${row}.open, ${row}.severity, ${by})
    ON CONFLICT (asset_id, open, severity) DO UPDATE SET total = total + ${by};`

export const countsMigrations: readonly Migration[] = [
  {
    name: 'alert-counts',
    sql: `
CREATE TABLE alert_counts (
  open INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  stage_mask INTEGER NOT NULL,
  assignee TEXT,
  total INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX alert_counts_once ON alert_counts (open, severity, type, state, stage_mask, coalesce(assignee, ''));
CREATE TABLE asset_counts (
  asset_id TEXT NOT NULL,
  open INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY (asset_id, open, severity)
) STRICT, WITHOUT ROWID;
INSERT INTO alert_counts SELECT open, severity, type, state, stage_mask, assignee, count(*) FROM alerts
  GROUP BY open, severity, type, state, stage_mask, assignee;
INSERT INTO asset_counts SELECT asset_id, open, severity, count(*) FROM alerts GROUP BY asset_id, open, severity;

CREATE TRIGGER alerts_counted_in AFTER INSERT ON alerts BEGIN ${countUp('NEW', 1)}
END;
CREATE TRIGGER alerts_counted_out AFTER DELETE ON alerts BEGIN ${countUp('OLD', -1)}
END;
CREATE TRIGGER alerts_counted_again AFTER UPDATE OF open, severity, type, state, stage_mask, assignee, asset_id ON alerts
WHEN (OLD.open, OLD.severity, OLD.type, OLD.state, OLD.stage_mask, OLD.assignee, OLD.asset_id)
  IS NOT (NEW.open, NEW.severity, NEW.type, NEW.state, NEW.stage_mask, NEW.assignee, NEW.asset_id)
BEGIN ${countUp('OLD', -1)} ${countUp('NEW', 1)}
END;
`,
  },
]
