/** Scopes of defence items. */
import type { Migration } from '@rampart/alert'

export const scopeMigrations: readonly Migration[] = [
  {
    name: 'defence-item-scopes-1',
    sql: `
CREATE TABLE defence_item_scopes (
  item_id TEXT PRIMARY KEY,
  scope TEXT NOT NULL             -- JSON: groups and assets
) STRICT;
`,
  },
]
