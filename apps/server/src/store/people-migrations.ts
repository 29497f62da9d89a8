/** Tables of people beyond those of `server-1`. Never edit a migration that was released; add one. */
import type { Migration } from '@rampart/alert'

export const peopleMigrations: readonly Migration[] = [
  {
    name: 'people-1',
    sql: `
ALTER TABLE users ADD COLUMN asset_groups TEXT;  -- JSON array; null sees every asset
`,
  },
]
