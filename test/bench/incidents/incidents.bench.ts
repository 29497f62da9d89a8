/**
 * What joining alerts into incidents costs: 100,000 findings of 100,000 alerts stored with keys that join them, beside the
 * same ones without any, and reading the list. `tools/node test/bench/incidents/incidents.bench.ts [alerts]`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alertMigrations, Database, type Finding, SqliteAlertStore, SqliteIncidentStore } from '@rampart/alert'
import { parseEvent } from '@rampart/event'

const total = Number(process.argv[2] ?? 100_000)
const perCommit = 500
const rounds = 40
const start = Date.UTC(2026, 0, 1)

let seed = 1
/** Deterministic numbers in [0, limit). */
function pick(limit: number): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return Math.floor((seed / 2_147_483_648) * limit)
}

/** One alert a second: attacks of about twelve alerts in one process tree, one in ten from a shared address; or nothing shared. */
function finding(number: number, joins: boolean): Finding {
  const assetId = `a${pick(500)}`
  const attack = Math.floor(number / 12)
  const at = start + number * 1000
  const parsed = parseEvent({
    schema: 1,
    id: `${assetId}/boot/${number}`,
    type: 'process.started',
    at,
    asset: { id: joins ? `a${attack % 500}` : assetId, name: 'web.example.com', kind: 'host' },
    sensor: 'bench',
    process: {
      pid: joins ? 5000 + (number % 20_000) : 1,
      entityId: `p-${number}`,
      executable: '/usr/bin/curl',
      ancestors: [
        { pid: joins ? 4000 : 2, entityId: `tree-${attack}`, executable: '/bin/bash' },
        { pid: 1, entityId: 'init', executable: '/sbin/init' },
      ],
    },
  })
  if (!parsed.ok) throw new Error(parsed.issue.message)
  return {
    id: `finding-${number}`,
    modelId: `model-${pick(300)}`,
    at,
    assetId: parsed.event.asset.id,
    entity: { kind: 'process', value: '/usr/bin/curl' },
    aggregationKey: `key-${number}`,
    title: `Suspicious download ${pick(300)}`,
    ...(joins && number % 10 === 0 && { sourceAddress: `198.51.${pick(100)}.${pick(250)}` }),
    eventIds: [parsed.event.id],
    level: 'Warning',
    type: 'Suspicious Process',
    stages: ['Load Delivery'],
    techniques: ['T1105'],
    evidence: parsed.event,
    matched: [],
  }
}

const rows: Record<string, number | string>[] = []
for (const joins of [false, true]) {
  const directory = mkdtempSync(join(tmpdir(), 'rampart-bench-incidents-'))
  const opened = Database.open(join(directory, 'state.db'), alertMigrations)
  if (!opened.ok) throw new Error(opened.error.message)
  const alerts = new SqliteAlertStore(opened.database)
  const incidents = new SqliteIncidentStore(opened.database)
  const cpu = process.cpuUsage()
  for (let from = 0; from < total; from += perCommit) {
    const findings = Array.from({ length: Math.min(perCommit, total - from) }, (_, index) =>
      finding(from + index, joins),
    )
    await alerts.commit({ findings, acknowledged: [], at: start + from * 1000 })
  }
  const { user, system } = process.cpuUsage(cpu)
  const page = await incidents.list({ sort: 'lastAt', limit: 50 })
  const lists: number[] = []
  const listCpu = process.cpuUsage()
  for (let round = 0; round < rounds; round++) {
    const before = performance.now()
    await incidents.list({ sort: 'lastAt', limit: 50 })
    lists.push(performance.now() - before)
  }
  const used = process.cpuUsage(listCpu)
  lists.sort((one, other) => one - other)
  const listAt = (part: number) => Math.round((lists[Math.floor((rounds - 1) * part)] ?? 0) * 10) / 10
  rows.push({
    findings: joins ? 'of attacks' : 'nothing shared',
    'processor time per finding, µs': Math.round((user + system) / total),
    incidents: page.total,
    'list of 50 p50, ms': listAt(0.5),
    'p95, ms': listAt(0.95),
    'processor time, ms': Math.round((used.user + used.system) / rounds / 100) / 10,
  })
  opened.database.close()
  rmSync(directory, { recursive: true })
}
console.table(rows)
