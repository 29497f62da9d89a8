/** Random sequences of findings and operations, some with a stale version: what has to hold after every step. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from './alert.ts'
import { isOpen, mayFollow, type OperationName, operations } from './life-cycle.ts'
import { SqliteAlertStore } from './sqlite/alert-store.ts'
import { Database } from './sqlite/database.ts'
import { alertMigrations } from './sqlite/migrations.ts'
import { findingOf } from './store.contract.ts'

const names = Object.keys(operations) as OperationName[]
const keys = ['k1', 'k2', 'k3']

/** Deterministic numbers in [0, limit), so that a failure can be run again. */
function dice(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

const cell = 'open, severity, type, state, stage_mask, assignee'
const plain = (rows: object[]) => rows.map((row) => ({ ...row }))

function keptCounts(database: Database): object[][] {
  return [
    plain(database.all(`SELECT ${cell}, total FROM alert_counts WHERE total <> 0 ORDER BY ${cell}`)),
    plain(database.all('SELECT asset_id, open, severity, total FROM asset_counts WHERE total <> 0 ORDER BY 1, 2, 3')),
  ]
}

function trueCounts(database: Database): object[][] {
  return [
    plain(database.all(`SELECT ${cell}, count(*) AS total FROM alerts GROUP BY ${cell} ORDER BY ${cell}`)),
    plain(
      database.all('SELECT asset_id, open, severity, count(*) AS total FROM alerts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3'),
    ),
  ]
}

for (let seed = 1; seed <= 25; seed++)
  test(`life cycle holds, sequence ${seed}`, async () => {
    const opened = Database.open(':memory:', alertMigrations)
    assert.ok(opened.ok)
    const store = new SqliteAlertStore(opened.database)
    const pick = dice(seed)
    const all = async () => (await store.list({ handled: 'all', sort: 'firstAt', order: 'asc', limit: 500 })).items
    let before = new Map<string, Alert>()
    let findings = 0
    for (let step = 1; step <= 120; step++) {
      const at = 1_700_000_000_000 + step * 1000
      const known = [...before.values()]
      const alert = known[pick(Math.max(1, known.length))]
      const act = pick(10)
      if (act < 4 || !alert) {
        findings++
        const finding = findingOf(`f${findings}`, keys[pick(keys.length)] ?? 'k1', { autoBlocked: pick(8) === 0 })
        await store.commit({ findings: [finding], acknowledged: [], at })
      } else if (act === 9) await store.expire(at - 20_000, at, 5)
      else {
        const operation = names[pick(names.length)] ?? 'ignore'
        const stale = pick(4) === 0
        const offers = await store.operations(alert.id)
        const answer = await store.handle({
          alertId: alert.id,
          operation,
          version: stale ? alert.version - 1 - pick(2) : alert.version,
          actor: 'alice',
          at,
          note: 'n',
          assignee: pick(2) === 0 ? 'bob' : null,
        })
        // A decision on what is current succeeds exactly when it was offered.
        if (!stale) assert.equal(answer.ok, offers.find((offer) => offer.name === operation)?.offered)
      }
      const now = await all()
      const open = now.filter((one) => isOpen(one.state)).map((one) => one.aggregationKey)
      assert.equal(new Set(open).size, open.length, 'never two open alerts of one key')
      for (const one of now) {
        const was = before.get(one.id)
        const history = await store.history(one.id)
        const last = history.at(-1)
        assert.equal(last?.toState, one.state, 'the history ends with the state')
        history.forEach((entry, place) => {
          assert.equal(entry.fromState, place === 0 ? null : history[place - 1]?.toState, 'the history has no gap')
        })
        if (!was) continue
        const changed = was.state !== one.state || was.assignee !== one.assignee || was.noteCount !== one.noteCount
        assert.ok(changed ? one.version > was.version : one.version >= was.version, 'versions rise')
        if (was.state !== one.state) {
          const undone = last?.operation === 'undo'
          assert.ok(undone || mayFollow(was.state, one.state), `${was.state} → ${one.state}`)
        }
        assert.ok(one.count >= was.count && one.hits >= was.hits)
      }
      assert.deepEqual(keptCounts(opened.database), trueCounts(opened.database), 'the kept counts are true')
      before = new Map(now.map((one) => [one.id, one]))
    }
    const counted = [...before.values()].reduce((sum, one) => sum + one.count + one.hits, 0)
    assert.equal(counted, findings, 'every finding is counted once')
    opened.database.close()
  })
