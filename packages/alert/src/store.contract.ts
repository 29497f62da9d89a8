/** What every alert store must do. An implementation's test calls `testAlertStore` with a way to open an empty store. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Event, parseEvent, type Stage } from '@rampart/event'
import type { AlertQuery } from './alert.ts'
import type { Finding } from './finding.ts'
import type { OperationName } from './life-cycle.ts'
import type { AlertStore, Handling, Work } from './store.ts'

export interface OpenedStore {
  store: AlertStore
  close: () => Promise<void>
}

const day = 1_700_000_000_000

/** An event of a process with two ancestors. */
function eventOf(assetId: string, sequence: number, over: Record<string, unknown> = {}): Event {
  const parsed = parseEvent({
    schema: 1,
    id: `${assetId}/boot/${sequence}`,
    type: 'process.started',
    at: day + sequence,
    asset: { id: assetId, name: `name-${assetId}`, kind: 'host' },
    sensor: 'test',
    process: {
      pid: 4000 + sequence,
      entityId: `boot-${4000 + sequence}`,
      executable: '/bin/bash',
      ancestors: [
        { pid: 300, entityId: `boot-300-${assetId}` },
        { pid: 1, entityId: 'boot-1' },
      ],
    },
    ...over,
  })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.event
}

/** A finding; equal `key` joins the same alert. */
export function findingOf(id: string, key: string, over: Partial<Finding> = {}): Finding {
  const sequence = Number(id.replace(/\D/g, '')) || 0
  const assetId = over.assetId ?? 'a1'
  return {
    id,
    modelId: 'm1',
    at: day + sequence,
    assetId,
    entity: { kind: 'process', value: '/bin/bash' },
    aggregationKey: key,
    title: 'Reverse shell',
    eventIds: [`${assetId}/boot/${sequence}`],
    level: 'Urgent',
    type: 'Suspicious Process',
    stages: ['Remote Control'],
    techniques: ['T1059.004'],
    evidence: eventOf(assetId, sequence),
    matched: [{ field: 'process.executable', value: '/bin/bash' }],
    ...over,
  }
}

const query = (over: Partial<AlertQuery> = {}): AlertQuery => ({
  handled: 'no',
  sort: 'lastAt',
  order: 'desc',
  limit: 100,
  ...over,
})

const work = (findings: Finding[], over: Partial<Work> = {}): Work => ({
  findings,
  acknowledged: [],
  at: day + 5000,
  ...over,
})

/** A decision of alice about an alert as it stands. */
async function act(store: AlertStore, id: string, operation: OperationName, over: Partial<Handling> = {}) {
  const version = (await store.get(id))?.version ?? 0
  return store.handle({ alertId: id, operation, version, actor: 'alice', at: day + 9, ...over })
}

/** Registers the suite under `name`. */
export function testAlertStore(name: string, open: () => Promise<OpenedStore>): void {
  const check = (title: string, body: (store: AlertStore) => Promise<void>) =>
    test(`${name}: ${title}`, async () => {
      const { store, close } = await open()
      try {
        await body(store)
      } finally {
        await close()
      }
    })
  const only = async (store: AlertStore) => {
    const page = await store.list(query({ handled: 'all' }))
    assert.equal(page.items.length, 1)
    const alert = page.items[0]
    assert.ok(alert)
    return alert
  }

  check(
    'statistics count each alert once, in its step of time, by level, type, stage, asset and model',
    async (store) => {
      const before = await store.commit(work([findingOf('s1', 'k'), findingOf('s2', 'other')]))
      const [one] = before.raised
      assert.ok(one)
      const span = { from: 0, to: 10 ** 13, steps: 4 }
      const { alert } = one
      const found = await store.statistics(span)
      const total = found.overTime.reduce((sum, cell) => sum + cell[alert.level], 0)
      assert.equal(total, 2)
      assert.equal(found.byLevel[alert.level], 2)
      assert.deepEqual(found.byType, { [alert.type]: 2 })
      for (const stage of alert.stages) assert.equal(found.byStage[stage], 2)
      assert.deepEqual(found.topAssets, [{ id: alert.asset.id, count: 2 }])
      assert.deepEqual(found.topModels, [{ id: alert.modelId, count: 2 }])
      assert.deepEqual((await store.statistics({ ...span, to: 1 })).byType, {})
      assert.deepEqual((await store.statistics(span, { groups: ['no such group'] })).byType, {})
    },
  )

  check('a finding opens an alert, a repeat raises count and last time', async (store) => {
    const first = await store.commit(work([findingOf('f1', 'k')]))
    assert.deepEqual(
      first.raised.map((raised) => [raised.change, raised.alert.count]),
      [['raised', 1]],
    )
    const second = await store.commit(work([findingOf('f2', 'k'), findingOf('f3', 'k')]))
    assert.deepEqual(
      second.raised.map((raised) => [raised.change, raised.alert.count, raised.alert.lastAt]),
      [['updated', 3, day + 3]],
    )
    const alert = await only(store)
    assert.equal(alert.firstAt, day + 1)
    assert.deepEqual(alert.stages, ['Remote Control'])
    assert.deepEqual(alert.techniques, ['T1059.004'])
    assert.equal(alert.asset.name, 'name-a1')
  })

  check('the same finding twice changes nothing', async (store) => {
    await store.commit(work([findingOf('f1', 'k')]))
    const again = await store.commit(work([findingOf('f1', 'k')]))
    assert.deepEqual([again.raised.length, again.repeated], [0, 1])
    assert.equal((await only(store)).version, 1)
  })

  check('the id of an alert follows from its first finding', async (store) => {
    const one = await store.commit(work([findingOf('f1', 'k')]))
    const { store: other, close } = await open()
    const two = await other.commit(work([findingOf('f1', 'k')]))
    await close()
    assert.equal(one.raised[0]?.alert.id, two.raised[0]?.alert.id)
  })

  check('after handling a repeat opens a new alert', async (store) => {
    await store.commit(work([findingOf('f1', 'k')]))
    const alert = await only(store)
    const handled = await store.handle({
      alertId: alert.id,
      operation: 'handled manually',
      version: alert.version,
      actor: 'alice',
      at: day + 9,
    })
    assert.ok(handled.ok && handled.alert.state === 'handled' && handled.alert.version === 2)
    await store.commit(work([findingOf('f2', 'k')]))
    const open = await store.list(query())
    assert.equal(open.total, 1)
    assert.notEqual(open.items[0]?.id, alert.id)
    const offers = await store.operations(alert.id)
    assert.equal(offers.find((offer) => offer.name === 'reopen')?.offered, false)
    const history = await store.history(alert.id)
    assert.deepEqual(
      history.map((entry) => [entry.operation, entry.actor, entry.toState]),
      [
        ['raised', 'rampart', 'unhandled'],
        ['handled manually', 'alice', 'handled'],
      ],
    )
  })

  check('two people never both win', async (store) => {
    await store.commit(work([findingOf('f1', 'k')]))
    const alert = await only(store)
    const handling = { alertId: alert.id, version: alert.version, at: day + 9 }
    const first = await store.handle({ ...handling, operation: 'ignore', actor: 'alice' })
    const second = await store.handle({ ...handling, operation: 'false positive', actor: 'bob' })
    assert.ok(first.ok)
    assert.equal(!second.ok && second.error.code, 'alert.changed')
    assert.equal((await only(store)).state, 'ignored')
    assert.deepEqual(!second.ok && second.error.conflict, {
      actor: 'alice',
      operation: 'ignore',
      at: day + 9,
      state: 'ignored',
      version: 2,
    })
    // What the loser saw, he may do again: a note at once, a decision with the version as it is now.
    const note = await store.handle({ ...handling, operation: 'add note', note: 'I was late', actor: 'bob' })
    assert.ok(note.ok)
  })

  check('a repeat in between does not stop a decision', async (store) => {
    await store.commit(work([findingOf('f1', 'k')]))
    const seen = await only(store)
    await store.commit(work([findingOf('f2', 'k')]))
    const handled = await act(store, seen.id, 'ignore', { version: seen.version })
    assert.ok(handled.ok && handled.alert.state === 'ignored' && handled.alert.version === 3)
  })

  check('a whitelisted alert never comes back, and counts how often it would have', async (store) => {
    await store.commit(work([findingOf('f1', 'k')]))
    const { id } = await only(store)
    assert.ok((await act(store, id, 'add to whitelist')).ok)
    const committed = await store.commit(work([findingOf('f2', 'k'), findingOf('f3', 'k')]))
    assert.deepEqual([committed.raised.length, committed.absorbed], [0, 2])
    await store.commit(work([findingOf('f3', 'k')]))
    const alert = await only(store)
    assert.deepEqual([alert.state, alert.count, alert.hits, alert.lastHitAt], ['whitelisted', 1, 2, day + 3])
    assert.ok((await act(store, id, 'undo')).ok)
    await store.commit(work([findingOf('f4', 'k')]))
    assert.deepEqual([(await only(store)).state, (await only(store)).count], ['unhandled', 2])
  })

  check('defend without notification: repeats are told to the defence and to nobody else', async (store) => {
    await store.commit(work([findingOf('f1', 'k')]))
    const { id } = await only(store)
    assert.ok((await act(store, id, 'defend without notification')).ok)
    const committed = await store.commit(work([findingOf('f2', 'k')]))
    assert.deepEqual([committed.raised.length, committed.defended.map(({ alert }) => alert.id)], [0, [id]])
    const alert = await only(store)
    assert.deepEqual([alert.state, alert.silent, alert.hits], ['handled', true, 1])
    assert.ok((await act(store, id, 'reopen')).ok)
    assert.equal((await only(store)).silent, false)
  })

  check('what was handled can be defended against in silence from then on, once', async (store) => {
    await store.commit(work([findingOf('f1', 'k')]))
    const { id } = await only(store)
    assert.ok((await act(store, id, 'handled manually')).ok)
    assert.ok((await act(store, id, 'defend without notification')).ok)
    const again = await act(store, id, 'defend without notification')
    assert.match(!again.ok ? again.error.message : '', /in silence already/)
    const finding = findingOf('f2', 'k')
    const committed = await store.commit(work([finding]))
    assert.deepEqual(
      committed.defended.map(({ alert, finding: latest }) => [alert.id, alert.hits, latest.id]),
      [[id, 1, finding.id]],
    )
    const undone = await act(store, id, 'undo')
    assert.ok(undone.ok && undone.alert.state === 'handled' && !undone.alert.silent)
  })

  check('a note is changed and taken away by its author alone, and the history keeps what was there', async (store) => {
    await store.commit(work([findingOf('f1', 'k')]))
    const { id } = await only(store)
    assert.ok((await act(store, id, 'add note', { note: 'first words' })).ok)
    const entry = (await store.history(id)).at(-1)?.id ?? ''
    const change = (over: { note: string | null; actor?: string; entry?: string }) =>
      store.changeNote({ alertId: id, entry, actor: 'alice', at: day + 20, ...over })
    const other = await change({ note: 'mine', actor: 'bob' })
    assert.equal(!other.ok && other.error.code, 'alert.note-not-yours')
    const none = await change({ note: 'x', entry: '1' })
    assert.equal(!none.ok && none.error.code, 'alert.note-not-found')
    const changed = await change({ note: ' better words ' })
    assert.ok(changed.ok && changed.alert.noteCount === 1)
    const removed = await change({ note: null })
    assert.ok(removed.ok && removed.alert.noteCount === 0 && removed.alert.state === 'unhandled')
    const gone = await change({ note: 'again' })
    assert.equal(!gone.ok && gone.error.code, 'alert.note-not-found')
    assert.deepEqual(
      (await store.history(id)).slice(1).map(({ operation, note, editedAt }) => [operation, note, editedAt]),
      [
        ['add note', null, day + 20],
        ['note changed', 'first words', null],
        ['note removed', 'better words', null],
      ],
    )
    // Notes decide nothing: what somebody decided before can still be undone.
    assert.ok((await act(store, id, 'ignore')).ok)
    await act(store, id, 'add note', { note: 'n' })
    const latest = (await store.history(id)).at(-1)?.id ?? ''
    await change({ note: null, entry: latest })
    const undone = await act(store, id, 'undo')
    assert.ok(undone.ok && undone.alert.state === 'unhandled')
  })

  check('what was blocked automatically needs nobody', async (store) => {
    await store.commit(work([findingOf('f1', 'k', { autoBlocked: true })]))
    await store.commit(work([findingOf('f2', 'k', { autoBlocked: true })]))
    const alert = await only(store)
    assert.deepEqual([alert.state, alert.count], ['auto-blocked', 2])
    assert.equal((await store.list(query())).total, 0)
    const refused = await act(store, alert.id, 'handled manually')
    assert.match(!refused.ok ? refused.error.message : '', /nothing is left to do/)
    await store.commit(work([findingOf('f3', 'k')]))
    assert.equal((await store.list(query())).total, 1)
  })

  check('undo walks backwards through decisions, and leaves notes alone', async (store) => {
    await store.commit(work([findingOf('f1', 'k')]))
    const { id } = await only(store)
    await act(store, id, 'assign', { assignee: 'bob' })
    await act(store, id, 'ignore')
    await act(store, id, 'add note', { note: 'why' })
    const first = await act(store, id, 'undo')
    assert.ok(first.ok && first.alert.state === 'unhandled' && first.alert.assignee === 'bob')
    const second = await act(store, id, 'undo')
    assert.ok(second.ok && second.alert.assignee === null && second.alert.noteCount === 1)
    const third = await act(store, id, 'undo')
    assert.equal(!third.ok && third.error.code, 'alert.not-offered')
    const history = await store.history(id)
    const idOf = (operation: string) => history.find((entry) => entry.operation === operation)?.id
    assert.deepEqual(
      history.filter((entry) => entry.undoes).map((entry) => entry.undoes),
      [idOf('ignore'), idOf('assign')],
    )
    assert.deepEqual(
      history.filter((entry) => entry.undone).map((entry) => entry.operation),
      ['assign', 'ignore'],
    )
  })

  check('undo does not make two open alerts of one key', async (store) => {
    await store.commit(work([findingOf('f1', 'k')]))
    const { id } = await only(store)
    await act(store, id, 'ignore')
    await store.commit(work([findingOf('f2', 'k')]))
    const refused = await act(store, id, 'undo')
    assert.equal(!refused.ok && refused.error.code, 'alert.not-offered')
  })

  check('alerts that nobody handled expire, unless they happened or were decided about since', async (store) => {
    const late = { at: day + 50_000 }
    await store.commit(work([findingOf('f1', 'k1'), findingOf('f2', 'k2'), findingOf('f3', 'k3')], { at: day }))
    await store.commit(work([findingOf('f4', 'k4')], late))
    await store.commit(work([findingOf('f5', 'k2', late)], late))
    const [oldest, , assigned] = (await store.list(query({ sort: 'firstAt', order: 'asc' }))).items
    assert.ok(oldest && assigned)
    await act(store, assigned.id, 'assign', { assignee: 'bob', at: day + 50_000 })
    const expired = await store.expire(day + 10_000, day + 60_000, 10)
    assert.deepEqual(
      expired.map((alert) => [alert.id, alert.state]),
      [[oldest.id, 'expired']],
    )
    assert.deepEqual(await store.expire(day + 10_000, day + 60_001, 10), [])
    assert.equal((await store.history(oldest.id)).at(-1)?.operation, 'expired')
    assert.ok((await act(store, oldest.id, 'undo', { at: day + 70_000 })).ok)
    // Somebody wanted it back: it has its days again.
    assert.ok(!(await store.expire(day + 65_000, day + 71_000, 10)).some((alert) => alert.id === oldest.id))
  })

  check('a batch can be undone as one, except where somebody decided since', async (store) => {
    await store.commit(work([findingOf('f1', 'k1'), findingOf('f2', 'k2')]))
    const chosen = await store.matching({ handled: 'no' }, 10)
    const of = (one: { id: string; version: number }, over: Partial<Handling>): Handling => ({
      alertId: one.id,
      version: one.version,
      operation: 'ignore',
      actor: 'alice',
      at: day + 9,
      batch: 'b1',
      ...over,
    })
    const handled = await store.handleMany(chosen.map((one) => of(one, {})))
    assert.deepEqual(
      handled.map((one) => one.ok && one.alert.state),
      ['ignored', 'ignored'],
    )
    assert.deepEqual(await store.inBatch('b1'), new Set(chosen.map((one) => one.id)))
    await act(store, chosen[0]?.id ?? '', 'reopen')
    const undone = await store.handleMany(
      chosen.map((one) =>
        of(one, { operation: 'undo', batch: 'b2', undoBatch: 'b1', version: 3 - (one === chosen[0] ? 0 : 1) }),
      ),
    )
    assert.deepEqual(
      undone.map((one) => (one.ok ? one.alert.state : one.error.code)),
      ['alert.changed', 'unhandled'],
    )
  })

  check('alerts are found by whom they are for and by what they have in common', async (store) => {
    const sha256 = 'ab'.repeat(32)
    const written = (sequence: number, assetId: string) =>
      eventOf(assetId, sequence, { type: 'file.written', file: { path: '/tmp/x', hash: { sha256 } } })
    await store.commit(
      work([
        findingOf('f1', 'k1', { evidence: written(1, 'a1'), sourceAddress: '198.51.100.9' }),
        findingOf('f2', 'k2', { evidence: written(2, 'a2'), assetId: 'a2', type: 'Webshell', modelId: 'm2' }),
        findingOf('f3', 'k3', { sourceAddress: '198.51.100.9' }),
      ]),
    )
    const [first] = (await store.list(query({ sort: 'firstAt', order: 'asc' }))).items
    assert.ok(first)
    await act(store, first.id, 'assign', { assignee: 'bob' })
    const total = async (over: Partial<AlertQuery>) => (await store.list(query(over))).total
    assert.equal(await total({ assignee: ['bob'] }), 1)
    assert.equal(await total({ assignee: [null] }), 2)
    assert.equal(await total({ assignee: ['bob', null] }), 3)
    assert.equal(await total({ hash: [sha256] }), 2)
    assert.equal(await total({ address: ['198.51.100.9'] }), 2)
    assert.equal(await total({ source: ['198.51.100.9'], hash: [sha256] }), 1)
    assert.equal(await total({ url: ['/none'] }), 0)
    assert.equal(await total({ event: [written(2, 'a2').id] }), 1)
    assert.equal(await total({ event: [written(1, 'a1').id, written(2, 'a2').id] }), 2)
    assert.equal(await total({ event: ['a1/none/1'] }), 0)
    assert.deepEqual((await store.facets({ handled: 'no', assignee: ['bob'] })).assignee, { bob: 1, '@nobody': 2 })
    assert.deepEqual(await store.similar(first.id), [
      { by: 'type', value: 'Suspicious Process', total: 2 },
      { by: 'model', value: 'm1', total: 2 },
      { by: 'address', value: '198.51.100.9', total: 2 },
      { by: 'hash', value: sha256, total: 2 },
    ])
    assert.equal((await store.matching({ handled: 'no', hash: [sha256] }, 10)).length, 2)
    assert.equal((await store.matching({ handled: 'no' }, 1)).length, 1)
  })

  check('operations that do not fit are refused with a reason', async (store) => {
    await store.commit(work([findingOf('f1', 'k')]))
    const alert = await only(store)
    const handling = { alertId: alert.id, version: 1, actor: 'alice', at: day + 9 }
    const codes = [
      await store.handle({ ...handling, operation: 'reopen' }),
      await store.handle({ ...handling, operation: 'add note', note: '  ' }),
      await store.handle({ ...handling, operation: 'assign' }),
      await store.handle({ ...handling, alertId: 'al-none', operation: 'ignore' }),
    ].map((result) => !result.ok && result.error.code)
    assert.deepEqual(codes, ['alert.not-offered', 'alert.note-missing', 'alert.assignee-missing', 'alert.not-found'])
    const noted = await store.handle({ ...handling, operation: 'add note', note: 'seen before' })
    assert.ok(noted.ok && noted.alert.noteCount === 1 && noted.alert.state === 'unhandled')
    const assigned = await store.handle({ ...handling, version: 2, operation: 'assign', assignee: 'bob' })
    assert.ok(assigned.ok && assigned.alert.assignee === 'bob')
  })

  check('evidence keeps the first and the latest 49, and counts all', async (store) => {
    const findings = Array.from({ length: 120 }, (_, index) => findingOf(`f${index + 1}`, 'k'))
    await store.commit(work(findings))
    const alert = await only(store)
    const evidence = await store.evidence(alert.id)
    assert.equal(alert.evidenceTotal, 120)
    assert.equal(evidence.length, 50)
    assert.equal(evidence[0]?.event.id, 'a1/boot/120')
    assert.equal(evidence.at(-1)?.event.id, 'a1/boot/1')
    assert.deepEqual(await store.eventIds(alert.id, 2), ['a1/boot/120', 'a1/boot/119'])
  })

  check('the other events of a window become evidence, each once, in order of time', async (store) => {
    const window = ['a1/boot/1', 'a1/boot/2', 'a1/boot/3']
    const committed = await store.commit(work([findingOf('f3', 'k', { eventIds: window })]))
    const [open] = committed.windows
    assert.ok(open)
    assert.deepEqual(open.eventIds, ['a1/boot/1', 'a1/boot/2'])
    assert.deepEqual([open.findingId, open.at], ['f3', day + 3])
    const events = [eventOf('a1', 1), eventOf('a1', 2)]
    const changed = await store.addEvidence(open.alertId, open.findingId, events)
    assert.deepEqual([changed?.evidenceTotal, changed?.count], [3, 1])
    assert.equal(await store.addEvidence(open.alertId, open.findingId, events), null)
    const ids = (await store.evidence(open.alertId)).map((one) => one.event.id)
    assert.deepEqual(ids, ['a1/boot/3', 'a1/boot/2', 'a1/boot/1'])
    assert.deepEqual((await store.commit(work([findingOf('f3', 'k', { eventIds: window })]))).windows, [])
  })

  check('filters, and their facets under all other filters', async (store) => {
    await store.saveAsset({ id: 'a2', name: 'db-1', kind: 'container', group: 'blue', addresses: ['192.0.2.7'] }, day)
    const stages: Stage[] = ['Damage', 'Trace Clearing']
    await store.commit(
      work([
        findingOf('f1', 'k1'),
        findingOf('f2', 'k2', { level: 'Notice', type: 'Persistence', stages, techniques: ['T1053.003'] }),
        findingOf('f3', 'k3', {
          assetId: 'a2',
          title: '100%_done\\',
          sourceAddress: '198.51.100.9',
          entity: { kind: 'file', value: '/etc/Zürich' },
        }),
      ]),
    )
    const total = async (over: Partial<AlertQuery>) => (await store.list(query(over))).total
    assert.equal(await total({ level: ['Notice'] }), 1)
    assert.equal(await total({ level: ['Notice', 'Urgent'] }), 3)
    assert.equal(await total({ type: ['Persistence'], level: ['Urgent'] }), 0)
    assert.equal(await total({ stage: ['Trace Clearing'] }), 1)
    assert.equal(await total({ kind: ['container'] }), 1)
    assert.equal(await total({ group: ['blue'] }), 1)
    assert.equal(await total({ asset: ['a1'] }), 2)
    assert.equal(await total({ model: ['m1'] }), 3)
    assert.equal(await total({ technique: ['T1053'] }), 1)
    assert.equal(await total({ technique: ['T105'] }), 0)
    assert.equal(await total({ from: day + 2, to: day + 2 }), 1)
    assert.equal(await total({ q: 'DB-1 done' }), 1)
    assert.equal(await total({ q: '192.0.2.7' }), 1)
    assert.equal(await total({ q: '198.51' }), 1)
    assert.equal(await total({ q: '%_' }), 1)
    assert.equal(await total({ q: '%%%' }), 0)
    assert.equal(await total({ q: '100%_done\\' }), 1)
    assert.equal(await total({ q: 'zürich' }), 1)
    assert.equal(await total({ q: `" OR 1=1 -- '` }), 0)
    assert.equal(await total({ state: ['handled'] }), 0)
    const facets = await store.facets({ handled: 'no', level: ['Notice'], kind: ['host'] })
    assert.deepEqual(facets.level, { Urgent: 1, Notice: 1 })
    assert.deepEqual(facets.kind, { host: 1 })
    assert.deepEqual(facets.stage, { 'Trace Clearing': 1, Damage: 1 })
    assert.deepEqual(facets.state, { unhandled: 1 })
  })

  check('pages follow each other in every sort, without a gap or a repeat', async (store) => {
    const findings = Array.from({ length: 23 }, (_, index) =>
      findingOf(`f${index}`, `k${index}`, {
        at: day + (index % 5),
        level: index % 2 ? 'Urgent' : 'Notice',
        title: `t${index % 3}`,
        assetId: `a${index % 4}`,
      }),
    )
    await store.commit(work(findings))
    for (const sort of ['lastAt', 'firstAt', 'level', 'count', 'title', 'asset', 'type', 'state'] as const)
      for (const order of ['asc', 'desc'] as const) {
        const whole = (await store.list(query({ sort, order }))).items.map((alert) => alert.id)
        const paged: string[] = []
        let cursor: string | undefined
        do {
          const page = await store.list(query({ sort, order, limit: 4, cursor }))
          assert.equal(page.total, 23)
          paged.push(...page.items.map((alert) => alert.id))
          cursor = page.nextCursor ?? undefined
        } while (cursor)
        assert.equal(new Set(whole).size, 23)
        assert.deepEqual(paged, whole, `${sort} ${order}`)
      }
    assert.equal((await store.list(query({ cursor: 'nonsense' }))).items.length, 23)
  })

  check('old findings are forgotten, their alert and evidence stay', async (store) => {
    await store.commit(work([findingOf('f1', 'k'), findingOf('f2', 'k')], { at: day + 100 }))
    await store.commit(work([findingOf('f3', 'k')], { at: day + 200 }))
    assert.equal(await store.forgetFindings(day + 150, 1), 1)
    assert.equal(await store.forgetFindings(day + 150, 10), 1)
    const alert = await only(store)
    assert.equal(alert.count, 3)
    assert.equal((await store.evidence(alert.id)).length, 3)
    assert.deepEqual(await store.eventIds(alert.id, 10), ['a1/boot/3'])
  })

  check('numbers and counts', async (store) => {
    await store.commit(work([findingOf('f1', 'k1'), findingOf('f2', 'k2', { level: 'Warning', assetId: 'a2' })]))
    const numbers = await store.numbers(day + 6000)
    assert.equal(numbers.open.value, 2)
    assert.equal(numbers.openUrgent.value, 1)
    assert.equal(numbers.alertingAssets.value, 2)
    assert.equal(numbers.alertingAssets.trend.length, 24)
    assert.equal(numbers.open.trend[23], 2)
    assert.deepEqual((await store.countsByModel()).get('m1'), { open: 2, lastAt: day + 2 })
    assert.deepEqual((await store.countsByAsset()).get('a2'), { Urgent: 0, Warning: 1, Notice: 0 })
  })

  check('a scope bounds the list, its facets and every count to the assets of its groups', async (store) => {
    await store.saveAsset({ id: 'a2', name: 'db-1', group: 'blue' }, day)
    await store.saveAsset({ id: 'a3', name: 'db-2', group: "re'd" }, day)
    await store.commit(
      work([
        findingOf('f1', 'k1'),
        findingOf('f2', 'k2', { assetId: 'a2', level: 'Warning', type: 'Persistence' }),
        findingOf('f3', 'k3', { assetId: 'a3', modelId: 'm2' }),
      ]),
    )
    const seen = async (groups: string[], over: Partial<AlertQuery> = {}) =>
      (await store.list(query({ scope: { groups }, ...over }))).items.map((alert) => alert.asset.id).sort()
    assert.deepEqual(await seen(['blue']), ['a2'])
    assert.deepEqual(await seen(['blue', "re'd"]), ['a2', 'a3'])
    assert.deepEqual(await seen([]), [])
    assert.deepEqual(await seen(['blue'], { asset: ['a1', 'a3'] }), [])
    assert.deepEqual(await seen(['blue'], { group: ["re'd"] }), [])
    assert.deepEqual(await seen(['blue'], { q: 'db-' }), ['a2'])
    const scope = { groups: ['blue'] }
    assert.equal((await store.list(query({ scope }))).total, 1)
    assert.equal((await store.list(query({ scope }))).items[0]?.asset.group, 'blue')
    const facets = await store.facets({ handled: 'no', group: ["re'd"], scope })
    assert.deepEqual([facets.group, facets.type], [{ blue: 1 }, {}])
    const { alertingAssets, open, openUrgent } = await store.numbers(day + 6000, scope)
    assert.deepEqual(
      [alertingAssets.value, open.value, openUrgent.value, open.trend[23], alertingAssets.trend[23]],
      [1, 1, 0, 1, 1],
    )
    assert.deepEqual([...(await store.countsByModel(scope)).keys()], ['m1'])
    assert.equal((await store.countsByModel({ groups: [] })).size, 0)
  })

  check('related alerts share a process, an address or an account', async (store) => {
    await store.commit(
      work([
        findingOf('f1', 'k1', { sourceAddress: '198.51.100.9' }),
        findingOf('f2', 'k2', { sourceAddress: '198.51.100.9' }),
        findingOf('f3', 'k3', { assetId: 'a2', sourceAddress: '198.51.100.9' }),
      ]),
    )
    const [first] = (await store.list(query({ sort: 'firstAt', order: 'asc' }))).items
    assert.ok(first)
    assert.deepEqual(
      (await store.related(first.id, 20)).map((alert) => alert.firstAt),
      [day + 2],
    )
  })

  check('sequences move forwards only, per stream', async (store) => {
    const stream = { source: 'a1', spoolId: 's1' }
    await store.commit(work([], { acknowledged: [{ ...stream, sequence: 7, events: 10 }] }))
    await store.commit(work([], { acknowledged: [{ ...stream, sequence: 5, events: 1 }] }))
    assert.equal(await store.acknowledged(stream), 7)
    assert.equal(await store.acknowledged({ source: 'a1', spoolId: 's2' }), 0)
    assert.deepEqual(await store.streams(), [{ ...stream, sequence: 7 }])
    assert.equal(await store.eventsReceived('a1'), 11)
  })

  check('an asset keeps what a change leaves out', async (store) => {
    await store.saveAsset({ id: 'a1', name: 'web-1', kind: 'host', group: 'red' }, day)
    await store.saveAsset({ id: 'a1', addresses: ['192.0.2.1'] }, day + 1)
    const asset = await store.asset('a1')
    assert.deepEqual(
      [asset?.name, asset?.group, asset?.addresses, asset?.createdAt],
      ['web-1', 'red', ['192.0.2.1'], day],
    )
    assert.equal((await store.assets()).length, 1)
  })
}
