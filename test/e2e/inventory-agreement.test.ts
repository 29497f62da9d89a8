/** Whatever is lost, doubled or restored on the way: in the end the server has what the host has, and tells each change once. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Database } from '@rampart/alert'
import { createLedger, type SnapshotKind } from '@rampart/sensor'
import fc from 'fast-check'
import { type InventoryPart, reportInventory } from '../../apps/agent/src/sensing/inventory-report.ts'
import { readInventoryPart } from '../../apps/server/src/inventory/part.ts'
import { InventoryStore } from '../../apps/server/src/inventory/store.ts'
import { migrations } from '../../apps/server/src/store/migrations.ts'

type Things = Record<string, Record<string, string | boolean>>
const step = fc.oneof(
  fc.record({
    act: fc.constant('look' as const),
    things: fc.dictionary(
      fc.constantFrom('a', 'b', 'c', '__proto__'),
      fc.record({ version: fc.constantFrom('1', '2'), running: fc.boolean() }),
      { maxKeys: 4 },
    ),
  }),
  fc.record({
    act: fc.constantFrom(
      'lose' as const,
      'double' as const,
      'break' as const,
      'connect' as const,
      'forget' as const,
      'spoil' as const,
    ),
  }),
)
const kind: SnapshotKind = 'package'
const settle = () => new Promise((resolve) => setTimeout(resolve, 8))

test('agent and server agree in the end', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'agreement-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const opened = Database.open(':memory:', migrations)
      assert.ok(opened.ok)
      const store = new InventoryStore(opened.database)
      const ledger = createLedger(join(directory, `${run++}.json`))
      let connected = true
      let next: 'take' | 'lose' | 'double' = 'take'
      const known = (about?: string) => connected && report.known(store.digests('a1'), about)
      const take = async (part: InventoryPart) => {
        const how = next
        next = 'take'
        if (!connected || how === 'lose') return
        const { payload, type: _, ...head } = part
        for (let times = how === 'double' ? 2 : 1; times > 0; times--) {
          const read = await readInventoryPart(payload)
          assert.ok(read)
          store.take('a1', head, read, Date.now())
          known(part.kind)
        }
      }
      const report = reportInventory(ledger, (part) => void take(part))
      const connect = () => {
        connected = true
        report.known(null)
        known()
      }
      const look = (things: Things) => ledger.take({ [kind]: { things, since: {}, leftOut: 0 } }, Date.now())
      let last: Things = {}
      connect()
      await look(last)
      for (const one of steps) {
        if (one.act === 'look') {
          last = Object.fromEntries(Object.entries(one.things))
          await look(last)
        } else if (one.act === 'lose' || one.act === 'double') next = one.act
        else if (one.act === 'connect') connect()
        else if (one.act === 'forget') store.remove('a1')
        else if (one.act === 'spoil') opened.database.run("DELETE FROM inventory_things WHERE name = 'a'")
        else {
          connected = false
          report.known(null)
        }
        await settle()
      }
      next = 'take'
      // A last change, so that what was spoiled behind the server's back does not add up and is noticed.
      last = { ...last, end: { version: '1', running: true } }
      await look(last)
      connect()
      await settle()
      connect()
      await settle()
      report.stop()
      const rows = opened.database.all<{ name: string; facts: string }>(
        'SELECT name, facts FROM inventory_things ORDER BY name',
      )
      assert.deepEqual(
        rows.map(({ name, facts }) => [name, JSON.parse(facts)]),
        Object.entries(last)
          .map(([name, facts]) => [name, { ...facts }])
          .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1)),
      )
      opened.database.close()
    }),
    { numRuns: 60 },
  )
})
