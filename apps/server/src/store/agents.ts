/** Agents, their certificates, tokens and sensors' health, as stored. */

import type { Database } from '@rampart/alert'
import type { AgentMessage } from '@rampart/api'

type Health = Extract<AgentMessage, { type: 'health' }>
export type SensorHealth = Health['sensors'][number]

export type AgentState = 'online' | 'offline' | 'silent' | 'never connected' | 'uninstalled'

export interface Agent {
  assetId: string
  machineId: string
  state: AgentState
  /** Why it is offline: what it said when it stopped. */
  reason: string | null
  version: string | null
  bootId: string | null
  lastSeenAt: number | null
  connectedAt: number | null
  spool: Health['spool'] | null
  resources: Health['resources'] | null
  enrolledAt: number
}

interface AgentRecord {
  asset_id: string
  machine_id: string
  state: AgentState
  reason: string | null
  version: string | null
  boot_id: string | null
  last_seen_at: number | null
  connected_at: number | null
  spool: string | null
  resources: string | null
  enrolled_at: number
}

export class Agents {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  all(): Agent[] {
    return this.#database.all<AgentRecord>('SELECT * FROM agents').map(toAgent)
  }

  agent(assetId: string): Agent | null {
    const row = this.#database.get<AgentRecord>('SELECT * FROM agents WHERE asset_id = ?', assetId)
    return row ? toAgent(row) : null
  }

  byMachine(machineId: string): Agent[] {
    return this.#database.all<AgentRecord>('SELECT * FROM agents WHERE machine_id = ?', machineId).map(toAgent)
  }

  /** Writes agents, and replaces what is known of the sensors of the given assets; one transaction. */
  save(agents: readonly Agent[], sensors: readonly (readonly [string, readonly SensorHealth[]])[], at: number): void {
    this.#database.transaction(() => {
      for (const [assetId, list] of sensors) {
        this.#database.run('DELETE FROM sensors WHERE asset_id = ?', assetId)
        for (const health of list)
          this.#database.run(
            'INSERT OR REPLACE INTO sensors VALUES (?, ?, ?, ?)',
            assetId,
            health.sensor,
            JSON.stringify(health),
            at,
          )
      }
      for (const agent of agents)
        this.#database.run(
          `INSERT INTO agents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (asset_id) DO UPDATE SET
             machine_id = excluded.machine_id, state = excluded.state, reason = excluded.reason,
             version = excluded.version, boot_id = excluded.boot_id, last_seen_at = excluded.last_seen_at,
             connected_at = excluded.connected_at, spool = excluded.spool, resources = excluded.resources`,
          agent.assetId,
          agent.machineId,
          agent.state,
          agent.reason,
          agent.version,
          agent.bootId,
          agent.lastSeenAt,
          agent.connectedAt,
          agent.spool && JSON.stringify(agent.spool),
          agent.resources && JSON.stringify(agent.resources),
          agent.enrolledAt,
        )
    })
  }

  sensors(): Map<string, SensorHealth[]> {
    const sensors = new Map<string, SensorHealth[]>()
    for (const row of this.#database.all<{ asset_id: string; health: string }>(
      'SELECT asset_id, health FROM sensors ORDER BY asset_id, sensor',
    ))
      sensors.set(row.asset_id, [...(sensors.get(row.asset_id) ?? []), JSON.parse(row.health)])
    return sensors
  }

  addToken(hash: string, uses: number, expiresAt: number, createdBy: string, at: number): void {
    this.#database.run('DELETE FROM enrolment_tokens WHERE expires_at < ?', at)
    this.#database.run(
      'INSERT INTO enrolment_tokens VALUES (?, ?, ?, ?, ?, ?)',
      hash,
      uses,
      expiresAt,
      createdBy,
      at,
      uses,
    )
  }

  /** True when the token was good; one use of it is gone then. */
  useToken(hash: string, at: number): boolean {
    return (
      this.#database.run(
        'UPDATE enrolment_tokens SET uses_left = uses_left - 1 WHERE hash = ? AND uses_left > 0 AND expires_at > ?',
        hash,
        at,
      ) === 1
    )
  }

  /** Registers a certificate. With `replace` all others of the asset are taken back. */
  addCertificate(serial: string, assetId: string, notAfter: number, at: number, replace: boolean): void {
    this.#database.transaction(() => {
      if (replace)
        this.#database.run(
          "UPDATE certificates SET revoked_at = ?, reason = 'replaced' WHERE asset_id = ? AND revoked_at IS NULL",
          at,
          assetId,
        )
      this.#database.run('INSERT INTO certificates VALUES (?, ?, ?, ?, NULL, NULL)', serial, assetId, notAfter, at)
    })
  }

  /** True for a certificate that was given to this asset, and not taken back. */
  isCertificateGood(serial: string, assetId: string): boolean {
    return (
      this.#database.get(
        'SELECT 1 FROM certificates WHERE serial = ? AND asset_id = ? AND revoked_at IS NULL',
        serial,
        assetId,
      ) !== undefined
    )
  }

  /** True while an asset has a certificate that was not taken back. */
  hasCertificate(assetId: string): boolean {
    return (
      this.#database.get('SELECT 1 FROM certificates WHERE asset_id = ? AND revoked_at IS NULL', assetId) !== undefined
    )
  }

  /** Takes every certificate of an asset back; returns how many. */
  revoke(assetId: string, reason: string, at: number): number {
    return this.#database.run(
      'UPDATE certificates SET revoked_at = ?, reason = ? WHERE asset_id = ? AND revoked_at IS NULL',
      at,
      reason,
      assetId,
    )
  }
}

function toAgent(row: AgentRecord): Agent {
  return {
    assetId: row.asset_id,
    machineId: row.machine_id,
    state: row.state,
    reason: row.reason,
    version: row.version,
    bootId: row.boot_id,
    lastSeenAt: row.last_seen_at,
    connectedAt: row.connected_at,
    spool: row.spool === null ? null : JSON.parse(row.spool),
    resources: row.resources === null ? null : JSON.parse(row.resources),
    enrolledAt: row.enrolled_at,
  }
}
