/** Assets in SQLite. */
import type { Asset, AssetChange } from '../alert.ts'
import type { Database } from './database.ts'
import { type AssetRecord, toAsset } from './tables.ts'

export function readAsset(database: Database, id: string): Asset | null {
  const row = database.get<AssetRecord>('SELECT * FROM assets WHERE id = ?', id)
  return row ? toAsset(row) : null
}

export function readAssets(database: Database): Asset[] {
  return database.all<AssetRecord>('SELECT * FROM assets ORDER BY name, id').map(toAsset)
}

/** Makes the asset or changes the given fields of it. */
export function saveAsset(database: Database, change: AssetChange, at: number): Asset {
  const before = readAsset(database, change.id)
  const asset: Asset = {
    id: change.id,
    name: change.name ?? before?.name ?? change.id,
    kind: change.kind ?? before?.kind ?? 'host',
    addresses: change.addresses ?? before?.addresses ?? [],
    group: change.group === undefined ? (before?.group ?? null) : change.group,
    tags: change.tags ?? before?.tags ?? [],
    edition: change.edition ?? before?.edition ?? 'Enterprise',
    operatingSystem: change.operatingSystem ?? before?.operatingSystem ?? null,
    kernel: change.kernel ?? before?.kernel ?? null,
    createdAt: before?.createdAt ?? at,
  }
  database.run(
    `INSERT INTO assets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, addresses = excluded.addresses,
       grouped = excluded.grouped, tags = excluded.tags, edition = excluded.edition,
       operating_system = excluded.operating_system, kernel = excluded.kernel, search = excluded.search`,
    asset.id,
    asset.name,
    asset.kind,
    JSON.stringify(asset.addresses),
    asset.group,
    JSON.stringify(asset.tags),
    asset.edition,
    asset.operatingSystem,
    asset.kernel,
    [asset.name, ...asset.addresses].join('\n').toLowerCase(),
    asset.createdAt,
  )
  return asset
}
