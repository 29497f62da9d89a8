/** Exports of many alerts: how much is read ahead of whoever takes it, counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@rampart/alert'
import type { Context } from '../context.ts'
import { exportAlerts } from './export-alerts.ts'

const total = 100_000

/** A store that makes its alerts when they are asked for, and counts how many it has given. */
function countedStore() {
  const given = { alerts: 0, evidence: 0 }
  const list = async ({ limit, cursor }: { limit: number; cursor?: string }) => {
    const from = Number(cursor ?? 0)
    const items = Array.from({ length: Math.min(limit, total - from) }, (_, index) => alertNumber(from + index))
    given.alerts += items.length
    return { items, total, nextCursor: from + limit < total ? String(from + limit) : null }
  }
  const evidence = async () => {
    given.evidence++
    return []
  }
  const context = { alerts: { list, evidence }, detector: { catalogue: new Map() }, version: '0.1.0' }
  return { given, context: context as unknown as Context }
}

for (const format of ['csv', 'ndjson', 'ocsf'] as const)
  test(`100,000 alerts as ${format}: each once, and no more than a page of them ahead`, async () => {
    const { given, context } = countedStore()
    const file = exportAlerts(context, { format, name: 'alerts', scope: null, filter: { handled: 'all' } })
    assert.equal(given.alerts, 0, 'nothing is read before somebody takes it')
    let taken = format === 'csv' ? -1 : 0
    let ahead = 0
    for await (const piece of file.pieces) {
      ahead = Math.max(ahead, given.alerts - Math.max(0, taken))
      taken += String(piece).split('\n').length - 1
    }
    assert.equal(taken, total)
    assert.equal(given.alerts, total)
    assert.equal(given.evidence, format === 'ocsf' ? total : 0)
    assert.ok(ahead <= 500, `${ahead} alerts ahead`)
  })

const alertNumber = (number: number): Alert => ({
  id: `al-${number}`,
  aggregationKey: `k${number}`,
  modelId: 'm-1',
  title: 'Shell over a socket',
  type: 'Suspicious Process',
  level: 'Urgent',
  state: 'unhandled',
  stages: ['Remote Control'],
  techniques: [],
  asset: { id: 'a', name: 'web-1', kind: 'host', addresses: [], group: null },
  entity: { kind: 'process', value: '/usr/bin/curl' },
  sourceAddress: null,
  count: 1,
  firstAt: 1_767_571_200_000,
  lastAt: 1_767_571_200_000,
  raisedAt: 1_767_571_200_000,
  assignee: null,
  noteCount: 0,
  evidenceTotal: 1,
  matched: [],
  hits: 0,
  lastHitAt: null,
  silent: false,
  version: 1,
})
