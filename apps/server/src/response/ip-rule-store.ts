/** IP rules, where each stands on each asset, approved addresses, and the rules of brute-force defence, as stored. */
import type { Database } from '@rampart/alert'
import { type BruteForceRule, defaultBruteForceRule } from '@rampart/policy'
import type { Direction } from '@rampart/response'

export interface IpRule {
  id: string
  /** `system`: made by brute-force defence. */
  kind: 'system' | 'custom'
  /** Canonical address or range. */
  address: string
  direction: Direction
  /** Null for all assets, also those that come. */
  assets: string[] | null
  reason: string
  alertId: string | null
  actor: string
  enabled: boolean
  createdAt: number
  /** Null for none. */
  expiresAt: number | null
}

export type IpRuleAssetState = 'pending' | 'in force' | 'removing' | 'removed' | 'failed'
export interface IpRuleAsset {
  ruleId: string
  assetId: string
  state: IpRuleAssetState
  message: string | null
}

export interface ApprovedAddress {
  address: string
  note: string
  actor: string
  createdAt: number
}

type Row = Record<string, string | number | null>

export class IpRuleStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  add(rule: IpRule): void {
    this.#database.run(
      'INSERT INTO ip_rules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      rule.id,
      rule.kind,
      rule.address,
      rule.direction,
      rule.assets === null ? null : JSON.stringify(rule.assets),
      rule.reason,
      rule.alertId,
      rule.actor,
      rule.enabled ? 1 : 0,
      rule.createdAt,
      rule.expiresAt,
    )
  }

  rule(id: string): IpRule | null {
    const row = this.#database.get<Row>('SELECT * FROM ip_rules WHERE id = ?', id)
    return row ? toRule(row) : null
  }

  /** Newest first. */
  rules(): IpRule[] {
    return this.#database.all<Row>('SELECT * FROM ip_rules ORDER BY id DESC').map(toRule)
  }

  /** Switched on and not over. */
  inForce(now: number): IpRule[] {
    return this.#database
      .all<Row>('SELECT * FROM ip_rules WHERE enabled = 1 AND (expires_at IS NULL OR expires_at > ?) ORDER BY id', now)
      .map(toRule)
  }

  change(id: string, enabled: boolean, expiresAt: number | null): void {
    this.#database.run('UPDATE ip_rules SET enabled = ?, expires_at = ? WHERE id = ?', enabled ? 1 : 0, expiresAt, id)
  }

  remove(id: string): void {
    this.#database.run('DELETE FROM ip_rules WHERE id = ?', id)
  }

  assetStates(ruleId?: string): IpRuleAsset[] {
    const columns = 'SELECT rule_id AS ruleId, asset_id AS assetId, state, message FROM ip_rule_assets'
    return ruleId === undefined
      ? this.#database.all<IpRuleAsset>(columns)
      : this.#database.all<IpRuleAsset>(`${columns} WHERE rule_id = ?`, ruleId)
  }

  setAssetState(ruleId: string, assetId: string, state: IpRuleAssetState, message: string | null, at: number): void {
    this.#database.run(
      `INSERT INTO ip_rule_assets SELECT ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM ip_rules WHERE id = ?)
       ON CONFLICT (rule_id, asset_id) DO UPDATE SET state = excluded.state, message = excluded.message, changed_at = excluded.changed_at`,
      ruleId,
      assetId,
      state,
      message,
      at,
      ruleId,
    )
  }

  approved(): ApprovedAddress[] {
    return this.#database
      .all<Row>('SELECT * FROM approved_addresses ORDER BY address')
      .map(
        (row) =>
          ({ address: row.address, note: row.note, actor: row.actor, createdAt: row.created_at }) as ApprovedAddress,
      )
  }

  approve({ address, note, actor, createdAt }: ApprovedAddress): void {
    this.#database.run('INSERT OR REPLACE INTO approved_addresses VALUES (?, ?, ?, ?)', address, note, actor, createdAt)
  }

  disapprove(address: string): boolean {
    return this.#database.run('DELETE FROM approved_addresses WHERE address = ?', address) === 1
  }

  /** The default rule has the asset id ''. */
  bruteForceRules(): Map<string, BruteForceRule> {
    const rows = this.#database.all<{ asset_id: string; rule: string }>('SELECT asset_id, rule FROM brute_force_rules')
    const rules = new Map(rows.map((row) => [row.asset_id, JSON.parse(row.rule) as BruteForceRule]))
    if (!rules.has('')) rules.set('', defaultBruteForceRule)
    return rules
  }

  setBruteForceRule(assetId: string, rule: BruteForceRule | null, actor: string, at: number): void {
    if (rule === null) this.#database.run('DELETE FROM brute_force_rules WHERE asset_id = ?', assetId)
    else
      this.#database.run(
        'INSERT OR REPLACE INTO brute_force_rules VALUES (?, ?, ?, ?)',
        assetId,
        JSON.stringify(rule),
        actor,
        at,
      )
  }

  isolation(assetId: string): { operationId: string; until: number | null } | null {
    const row = this.#database.get<{ operation_id: string; until: number | null }>(
      'SELECT operation_id, until FROM isolated_assets WHERE asset_id = ?',
      assetId,
    )
    return row ? { operationId: row.operation_id, until: row.until } : null
  }

  setIsolated(assetId: string, isolation: { operationId: string; until: number | null } | null): void {
    if (isolation === null) this.#database.run('DELETE FROM isolated_assets WHERE asset_id = ?', assetId)
    else
      this.#database.run(
        'INSERT OR REPLACE INTO isolated_assets VALUES (?, ?, ?)',
        assetId,
        isolation.operationId,
        isolation.until,
      )
  }
}

function toRule(row: Row): IpRule {
  return {
    id: row.id,
    kind: row.kind,
    address: row.address,
    direction: row.direction,
    assets: row.assets === null ? null : JSON.parse(String(row.assets)),
    reason: row.reason,
    alertId: row.alert_id,
    actor: row.actor,
    enabled: row.enabled === 1,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  } as IpRule
}
