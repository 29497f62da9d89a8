/** Incidents over a real database: whatever the order of arrival, the same alerts belong together. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEvent } from '@rampart/event'
import type { Finding } from '../finding.ts'
import { incidentAlertsMax } from '../incident.ts'
import { counterpartOf, joinKeysOf, joinWindowsMs, stepOf } from '../join-keys.ts'
import { SqliteAlertStore } from './alert-store.ts'
import { Database } from './database.ts'
import { SqliteIncidentStore } from './incident-store.ts'
import { alertMigrations } from './migrations.ts'

const start = 1_700_000_000_000
const hour = 3_600_000

function opened() {
  const database = Database.open(':memory:', alertMigrations)
  assert.ok(database.ok)
  return {
    alerts: new SqliteAlertStore(database.database),
    incidents: new SqliteIncidentStore(database.database),
    close: () => database.database.close(),
  }
}

/** An alert of its own on asset `asset`, below the process `tree`, from `address`. */
function finding(number: number, over: { asset?: string; tree?: number; address?: string; at?: number }): Finding {
  const { asset = 'a1', tree, address, at = start + number } = over
  const parsed = parseEvent({
    schema: 1,
    id: `${asset}/boot/${number}`,
    type: 'process.started',
    at,
    asset: { id: asset, name: asset, kind: 'host' },
    sensor: 'test',
    ...(tree !== undefined && {
      process: {
        pid: 5000 + number,
        entityId: `${asset}-${number}`,
        executable: '/usr/bin/id',
        ancestors: [{ pid: 4000 + tree, entityId: `${asset}-tree-${tree}`, executable: '/bin/bash' }],
      },
    }),
    ...(tree === undefined && {
      type: 'log.recorded',
      log: { service: 'nginx' },
      message: 'x',
    }),
  })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return {
    id: `f${number}`,
    modelId: 'm1',
    at,
    assetId: asset,
    entity: { kind: 'process', value: `/usr/bin/${number}` },
    aggregationKey: `k${number}`,
    title: `Act ${number}`,
    ...(address && { sourceAddress: address }),
    eventIds: [parsed.event.id],
    level: 'Warning',
    type: 'Suspicious Process',
    stages: ['Remote Control'],
    evidence: parsed.event,
    matched: [],
  }
}

let seed = 7
const pick = (limit: number) => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return Math.floor((seed / 2_147_483_648) * limit)
}
const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, place: pick(1e6) }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item)

/** The definition: alerts with a key in common within its window, and everything that hangs together by that. */
function expectedGroups(findings: readonly Finding[]): string[] {
  const group = findings.map((_, index) => index)
  const keyed = findings.map((one) => joinKeysOf(one).map((key) => ({ ...key, step: stepOf(key.kind, one.at) })))
  for (const [left, mine] of keyed.entries())
    for (const [right, theirs] of keyed.entries())
      for (const one of mine)
        for (const other of theirs) {
          if (one.value !== other.value || counterpartOf(one.kind) !== other.kind) continue
          if (Math.abs(one.step - other.step) > joinWindowsMs[one.kind]) continue
          const [from, to] = [group[right], group[left]]
          for (const [index, id] of group.entries()) if (id === from) group[index] = to ?? 0
        }
  const members = Map.groupBy(findings.keys(), (index) => group[index])
  return [...members.values()]
    .filter((one) => one.length > 1)
    .map((one) =>
      one
        .map((index) => findings[index]?.title)
        .sort()
        .join(','),
    )
    .sort()
}

async function groupsAfter(findings: readonly Finding[], perCommit: number): Promise<string[]> {
  const { alerts, incidents, close } = opened()
  for (let from = 0; from < findings.length; from += perCommit)
    await alerts.commit({ findings: findings.slice(from, from + perCommit), acknowledged: [], at: start })
  const { items } = await incidents.list({ sort: 'lastAt', limit: 500 })
  const groups: string[] = []
  for (const { id, alertCount } of items) {
    const members = await incidents.alerts(id)
    assert.equal(members.length, alertCount)
    groups.push(
      members
        .map((alert) => alert.title)
        .sort()
        .join(','),
    )
  }
  close()
  return groups.sort()
}

test('the order of arrival does not change which alerts belong together', async () => {
  let joined = 0
  for (let round = 0; round < 25; round++) {
    const findings = Array.from({ length: 40 }, (_, number) =>
      finding(number, {
        asset: `a${pick(3)}`,
        ...(pick(2) ? { tree: pick(9) } : {}),
        ...(pick(3) ? {} : { address: `198.51.100.${pick(6)}` }),
        at: start + pick(60) * hour,
      }),
    )
    const expected = expectedGroups(findings)
    joined += expected.length
    assert.deepEqual(await groupsAfter(findings, 40), expected)
    assert.deepEqual(await groupsAfter(shuffled(findings), 1), expected)
    assert.deepEqual(await groupsAfter(shuffled(findings), 7), expected)
  }
  assert.ok(joined > 50)
})

test('an alert that belongs to two incidents makes them one; the id that goes leads to the one that stays', async () => {
  const { alerts, incidents, close } = opened()
  const commit = (findings: Finding[], at: number) => alerts.commit({ findings, acknowledged: [], at })
  const [first] = (await commit([finding(1, { tree: 1 }), finding(2, { tree: 1 })], start)).incidents
  const [second] = (await commit([finding(3, { tree: 2 }), finding(4, { tree: 2 })], start + 1)).incidents
  assert.ok(first && second)
  const noted = await incidents.get(second)
  const note = {
    operation: 'add note' as const,
    version: noted?.version ?? 0,
    actor: 'alice',
    at: start,
    note: 'Mine.',
  }
  assert.ok((await incidents.handle({ id: second, ...note })).ok)
  assert.deepEqual((await commit([finding(5, { tree: 1, address: '198.51.100.9' })], start + 2)).incidents, [first])
  const linking = finding(6, { tree: 2, address: '198.51.100.9' })
  assert.deepEqual((await commit([linking], start + 3)).incidents, [first])
  assert.equal((await incidents.list({ sort: 'level', limit: 9 })).total, 1)
  const one = await incidents.get(second)
  assert.deepEqual([one?.id, one?.alertCount, one?.noteCount], [first, 6, 1])
  assert.deepEqual(
    (await incidents.history(first)).map(({ operation }) => operation),
    ['opened', 'opened', 'add note', 'merged'],
  )
  close()
})

test('a repeat changes nothing but the time; a new alert opens a closed incident again', async () => {
  const { alerts, incidents, close } = opened()
  const commit = (findings: Finding[]) => alerts.commit({ findings, acknowledged: [], at: start })
  const [id = ''] = (await commit([finding(1, { tree: 1 }), finding(2, { tree: 1 })])).incidents
  const before = await incidents.get(id)
  await commit([finding(1, { tree: 1 })])
  assert.deepEqual(await incidents.get(id), before)
  await commit([{ ...finding(1, { tree: 1, at: start + hour }), id: 'f1-again' }])
  const later = await incidents.get(id)
  assert.deepEqual([later?.lastAt, later?.version, later?.alertCount], [start + hour, before?.version, 2])
  const close_ = { id, operation: 'close' as const, actor: 'alice', at: start }
  assert.equal((await incidents.handle({ ...close_, version: 99 })).ok, false)
  assert.ok((await incidents.handle({ ...close_, version: before?.version ?? 0 })).ok)
  await commit([{ ...finding(2, { tree: 1, at: start + hour }), id: 'f2-again' }])
  assert.equal((await incidents.get(id))?.state, 'closed')
  await commit([finding(3, { tree: 1 })])
  assert.deepEqual([(await incidents.get(id))?.state, (await incidents.get(id))?.alertCount], ['open', 3])
  close()
})

test('a full incident takes no more and says how many it left out', async () => {
  const { alerts, incidents, close } = opened()
  const findings = Array.from({ length: incidentAlertsMax + 10 }, (_, number) => finding(number, { tree: 1 }))
  const { incidents: changed } = await alerts.commit({ findings, acknowledged: [], at: start })
  const all = await Promise.all(changed.map((id) => incidents.get(id)))
  assert.equal(Math.max(...all.map((one) => one?.alertCount ?? 0)), incidentAlertsMax)
  assert.ok(all.some((one) => (one?.leftOut ?? 0) > 0))
  close()
})

test('connections between two assets join their two ends, not everything that came through the same one', async () => {
  const { alerts, incidents, close } = opened()
  await alerts.saveAsset({ id: 'a1', name: 'web-1', addresses: ['192.0.2.1'] }, start)
  await alerts.saveAsset({ id: 'a2', name: 'db-1', addresses: ['192.0.2.2'] }, start)
  const connected = finding(1, { tree: 1 })
  const evidence = parseEvent({
    ...connected.evidence,
    type: 'network.connected',
    source: {},
    destination: { address: '192.0.2.2', port: 22 },
    transport: 'tcp',
  })
  assert.ok(evidence.ok)
  const logon = { type: 'Unusual Logon' as const, techniques: ['T1078'] }
  const second = { ...finding(2, { asset: 'a2', address: '192.0.2.1' }), ...logon }
  const third = { ...finding(3, { asset: 'a2', address: '192.0.2.1' }), ...logon }
  await alerts.commit({ findings: [second, third], acknowledged: [], at: start })
  assert.equal((await incidents.list({ sort: 'lastAt', limit: 9 })).total, 0)
  await alerts.commit({ findings: [{ ...connected, evidence: evidence.event }], acknowledged: [], at: start })
  const { items } = await incidents.list({ sort: 'lastAt', limit: 9, q: 'db-1' })
  assert.deepEqual([items.length, items[0]?.alertCount, items[0]?.assets.length], [1, 3, 2])
  close()
})

test('related alerts come with what they have in common; forgotten keys leave incidents as they are', async () => {
  const { alerts, incidents, close } = opened()
  const findings = [
    finding(1, { tree: 1, address: '198.51.100.9' }),
    finding(2, { tree: 1 }),
    finding(3, { address: '198.51.100.9' }),
  ]
  const { incidents: changed } = await alerts.commit({ findings, acknowledged: [], at: start })
  const members = await incidents.alerts(changed[0] ?? '')
  const [first] = members
  const related = await incidents.sharedWith(first?.id ?? '', 10)
  assert.deepEqual(
    related.map(({ alert, shared }) => [alert.title, shared.map(({ kind }) => kind)]),
    [
      ['Act 2', ['process']],
      ['Act 3', ['address']],
    ],
  )
  assert.ok((await incidents.forgetKeys(start + 48 * hour, 100)) > 0)
  assert.equal((await incidents.get(changed[0] ?? ''))?.alertCount, 3)
  close()
})

test('a note is written anew and taken away by its author alone; the history keeps what it was', async () => {
  const { alerts, incidents, close } = opened()
  const findings = [finding(1, { tree: 1 }), finding(2, { tree: 1 })]
  const [id = ''] = (await alerts.commit({ findings, acknowledged: [], at: start })).incidents
  // Version 0: a note takes nothing away from anybody.
  const noted = await incidents.handle({
    id,
    operation: 'add note',
    version: 0,
    actor: 'alice',
    at: start,
    note: 'one',
  })
  assert.equal(noted.ok && noted.incident.noteCount, 1)
  const entry = (await incidents.history(id)).at(-1)?.id ?? ''
  const change = (actor: string, note: string | null, of = entry) =>
    incidents.changeNote({ id, entry: of, note, actor, at: start + hour })
  const refused = await change('bob', 'his')
  assert.equal(!refused.ok && refused.error.code, 'incident.note-not-yours')
  const opening = (await incidents.history(id))[0]?.id ?? ''
  const none = await change('rampart', 'x', opening)
  assert.equal(!none.ok && none.error.code, 'incident.note-not-found', 'only notes are changed')
  assert.ok((await change('alice', 'one')).ok)
  assert.equal((await incidents.history(id)).length, 2, 'the same words: nothing to keep')
  assert.ok((await change('alice', 'two')).ok)
  const removed = await change('alice', null)
  assert.equal(removed.ok && removed.incident.noteCount, 0)
  assert.deepEqual(
    (await incidents.history(id)).slice(1).map((row) => [row.operation, row.note, row.editedAt]),
    [
      ['add note', null, start + hour],
      ['note changed', 'one', null],
      ['note removed', 'two', null],
    ],
  )
  const gone = await change('alice', 'three')
  assert.equal(!gone.ok && gone.error.code, 'incident.note-not-found')
  const nothing = await incidents.changeNote({ id: 'in-none', entry, note: 'x', actor: 'alice', at: start })
  assert.equal(!nothing.ok && nothing.error.code, 'incident.not-found')
  close()
})

test('a closed incident opens again when one of its alerts does', async () => {
  const { alerts, incidents, close } = opened()
  const findings = [finding(1, { tree: 1 }), finding(2, { tree: 1 })]
  const committed = await alerts.commit({ findings, acknowledged: [], at: start })
  const [id = ''] = committed.incidents
  const alertId = committed.raised[0]?.alert.id ?? ''
  const handle = async (operation: 'handled manually' | 'undo') => {
    const version = (await alerts.get(alertId))?.version ?? 0
    assert.ok((await alerts.handle({ alertId, operation, version, actor: 'alice', at: start })).ok)
  }
  await handle('handled manually')
  const { version = 0 } = (await incidents.get(id)) ?? {}
  assert.ok((await incidents.handle({ id, operation: 'close', version, actor: 'alice', at: start })).ok)
  await handle('undo')
  assert.equal((await incidents.get(id))?.state, 'open')
  assert.deepEqual(
    (await incidents.history(id)).map(({ operation }) => operation),
    ['opened', 'close', 'reopened'],
  )
  close()
})
