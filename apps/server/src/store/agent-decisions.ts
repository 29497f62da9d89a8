/** What people decided about agents, as stored: tokens to enrol and to uninstall, removed assets, settings. */
import type { Database } from '@rampart/alert'

export interface StoredToken {
  hash: string
  uses: number
  usesLeft: number
  expiresAt: number
  createdBy: string
  createdAt: number
}
export interface StoredCertificate {
  serial: string
  issuedAt: number
  expiresAt: number
  revokedAt: number | null
  reason: string | null
}

export class AgentDecisions {
  readonly #database: Database
  /** Read with every list of assets, so kept at hand. */
  readonly #removed: Set<string>

  constructor(database: Database) {
    this.#database = database
    this.#removed = new Set(
      database.all<{ asset_id: string }>('SELECT asset_id FROM removed_assets').map((row) => row.asset_id),
    )
  }

  /** Enrolment tokens that have not expired, newest first. */
  tokens(at: number): StoredToken[] {
    return this.#database
      .all<{
        hash: string
        uses: number
        uses_left: number
        expires_at: number
        created_by: string
        created_at: number
      }>('SELECT * FROM enrolment_tokens WHERE expires_at > ? ORDER BY created_at DESC', at)
      .map((row) => ({
        hash: row.hash,
        uses: row.uses,
        usesLeft: row.uses_left,
        expiresAt: row.expires_at,
        createdBy: row.created_by,
        createdAt: row.created_at,
      }))
  }

  /** False when there is no such token. */
  cancelToken(hash: string): boolean {
    return this.#database.run('DELETE FROM enrolment_tokens WHERE hash = ?', hash) === 1
  }

  enrolled(token: string, assetId: string, at: number): void {
    this.#database.run('INSERT OR REPLACE INTO enrolments VALUES (?, ?, ?)', token, assetId, at)
  }

  /** The assets that came with a token. */
  enrolments(token: string): { assetId: string; at: number }[] {
    return this.#database
      .all<{ asset_id: string; at: number }>('SELECT asset_id, at FROM enrolments WHERE token = ? ORDER BY at', token)
      .map((row) => ({ assetId: row.asset_id, at: row.at }))
  }

  /** Enrolments that were refused since a time. */
  refusedSince(at: number): number {
    return (
      this.#database.get<{ count: number }>(
        "SELECT count(*) AS count FROM audit_trail WHERE at >= ? AND action = 'agent.enrolment-refused'",
        at,
      )?.count ?? 0
    )
  }

  /** The newest certificate of an asset. */
  certificate(assetId: string): StoredCertificate | null {
    const row = this.#database.get<{
      serial: string
      created_at: number
      not_after: number
      revoked_at: number | null
      reason: string | null
    }>('SELECT * FROM certificates WHERE asset_id = ? ORDER BY created_at DESC, rowid DESC LIMIT 1', assetId)
    if (!row) return null
    return {
      serial: row.serial,
      issuedAt: row.created_at,
      expiresAt: row.not_after,
      revokedAt: row.revoked_at,
      reason: row.reason,
    }
  }

  isRemoved(assetId: string): boolean {
    return this.#removed.has(assetId)
  }

  remove(assetId: string, by: string, at: number): void {
    this.#database.run('INSERT OR REPLACE INTO removed_assets VALUES (?, ?, ?)', assetId, by, at)
    this.#removed.add(assetId)
  }

  /** An asset whose host enrols again is back. */
  bringBack(assetId: string): void {
    if (!this.#removed.delete(assetId)) return
    this.#database.run('DELETE FROM removed_assets WHERE asset_id = ?', assetId)
  }

  /** Room of the spool, megabytes; null for the default. */
  spoolMegabytes(assetId: string): number | null {
    const row = this.#database.get<{ spool_megabytes: number }>(
      'SELECT spool_megabytes FROM agent_settings WHERE asset_id = ?',
      assetId,
    )
    return row?.spool_megabytes ?? null
  }

  setSpoolMegabytes(assetId: string, megabytes: number | null): void {
    if (megabytes === null) this.#database.run('DELETE FROM agent_settings WHERE asset_id = ?', assetId)
    else this.#database.run('INSERT OR REPLACE INTO agent_settings VALUES (?, ?)', assetId, megabytes)
  }

  addUninstallToken(hash: string, assetId: string, expiresAt: number, by: string, at: number): void {
    this.#database.run('DELETE FROM uninstall_tokens WHERE expires_at < ? OR asset_id = ?', at, assetId)
    this.#database.run('INSERT INTO uninstall_tokens VALUES (?, ?, ?, ?, ?)', hash, assetId, expiresAt, by, at)
  }

  /** True when the token was good for this asset; it is gone then. */
  useUninstallToken(hash: string, assetId: string, at: number): boolean {
    return (
      this.#database.run(
        'DELETE FROM uninstall_tokens WHERE hash = ? AND asset_id = ? AND expires_at > ?',
        hash,
        assetId,
        at,
      ) === 1
    )
  }
}
