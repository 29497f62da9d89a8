/** Whitelist rules in SQLite. Their hits are counted by `commit`, with the finding that hit, so that none counts twice. */
import { randomUUID } from 'node:crypto'
import type { AlertType } from '@rampart/event'
import type { StoredWhitelistRule, WhitelistRuleChange, WhitelistRuleDraft } from '../whitelist-rule.ts'
import type { Database } from './database.ts'

interface RuleRecord {
  id: string
  conditions: string
  model_id: string | null
  type: AlertType | null
  asset_id: string | null
  asset_group: string | null
  reason: string
  alert_id: string | null
  made_by: string
  made_at: number
  changed_by: string | null
  changed_at: number | null
  expires_at: number | null
  enabled: number
  deleted_at: number | null
  hits: number
  last_hit_at: number | null
}

/** Uses `database`, which needs `alertMigrations`. */
export class WhitelistRules {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Newest first. */
  all(): StoredWhitelistRule[] {
    return this.#database
      .all<RuleRecord>('SELECT * FROM whitelist_rules WHERE deleted_at IS NULL ORDER BY number DESC')
      .map(toRule)
  }

  get(id: string): StoredWhitelistRule | null {
    const row = this.#database.get<RuleRecord>('SELECT * FROM whitelist_rules WHERE id = ? AND deleted_at IS NULL', id)
    return row ? toRule(row) : null
  }

  /** Also when it was deleted. */
  evenDeleted(id: string): StoredWhitelistRule | null {
    const row = this.#database.get<RuleRecord>('SELECT * FROM whitelist_rules WHERE id = ?', id)
    return row ? toRule(row) : null
  }

  add(draft: WhitelistRuleDraft, by: string, at: number): StoredWhitelistRule {
    const id = randomUUID()
    this.#database.run(
      `INSERT INTO whitelist_rules (id, conditions, model_id, type, asset_id, asset_group, reason, alert_id, made_by,
         made_at, expires_at, enabled) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
      id,
      ...columnsOf(draft),
      draft.reason,
      draft.alertId,
      by,
      at,
      draft.expiresAt,
    )
    return this.get(id) as StoredWhitelistRule
  }

  /** Null when there is no such rule. */
  change(id: string, change: WhitelistRuleChange, by: string, at: number): StoredWhitelistRule | null {
    const before = this.get(id)
    if (!before) return null
    const rule = { ...before, ...change }
    this.#database.run(
      `UPDATE whitelist_rules SET conditions = ?, model_id = ?, type = ?, asset_id = ?, asset_group = ?, reason = ?,
         expires_at = ?, enabled = ?, changed_by = ?, changed_at = ? WHERE id = ?`,
      ...columnsOf(rule),
      rule.reason,
      rule.expiresAt,
      rule.enabled ? 1 : 0,
      by,
      at,
      id,
    )
    return this.get(id)
  }

  /** Takes nothing any more and is not listed; `restore` brings it back. */
  delete(id: string, at: number): boolean {
    return (
      this.#database.run('UPDATE whitelist_rules SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL', at, id) > 0
    )
  }

  restore(id: string): StoredWhitelistRule | null {
    this.#database.run('UPDATE whitelist_rules SET deleted_at = NULL WHERE id = ?', id)
    return this.get(id)
  }
}

function columnsOf({ conditions, about, on }: WhitelistRuleDraft | StoredWhitelistRule) {
  return [
    JSON.stringify(conditions),
    'model' in about ? about.model : null,
    'type' in about ? about.type : null,
    on !== 'all' && 'asset' in on ? on.asset : null,
    on !== 'all' && 'group' in on ? on.group : null,
  ] as const
}

function toRule(row: RuleRecord): StoredWhitelistRule {
  return {
    id: row.id,
    conditions: JSON.parse(row.conditions),
    about: row.model_id !== null ? { model: row.model_id } : { type: row.type as AlertType },
    on:
      row.asset_id !== null
        ? { asset: row.asset_id }
        : row.asset_group !== null
          ? { group: row.asset_group }
          : ('all' as const),
    reason: row.reason,
    alertId: row.alert_id,
    madeBy: row.made_by,
    madeAt: row.made_at,
    changedBy: row.changed_by,
    changedAt: row.changed_at,
    expiresAt: row.expires_at,
    enabled: row.enabled === 1,
    hits: row.hits,
    lastHitAt: row.last_hit_at,
  }
}
