/** Runs /usr/local/bin/day and prints what the inventory sensors tell meanwhile, an event a line. Started by record-inventory.ts. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createHostInventorySensor,
  createInventorySensor,
  createLedger,
  defaultSensorPolicy,
} from '@rampart/sensor/host'

const stateDirectory = mkdtempSync('/tmp/state-')
const ledger = createLedger(`${stateDirectory}/ledger.json`)
const context = {
  asset: { id: 'baseline', name: 'server-1', kind: 'host' as const },
  bootId: randomUUID(),
  emit: (event: object) => void writeSync(1, `${JSON.stringify(event)}\n`),
  report: () => {},
  stateDirectory,
  policy: defaultSensorPolicy,
}
const looked = new Promise<void>((resolve) => ledger.onLook(resolve))
const sensors = [
  createInventorySensor(context, ledger, { intervalMs: 1_000 }),
  createHostInventorySensor(context, ledger, { intervalMs: 1_500, settleMs: 500, leastMs: 1_000 }),
]
for (const sensor of sensors) await sensor.start()
await looked
await sleep(2_000)
const day = spawn('/usr/bin/env', ['-i', '/bin/bash', '/usr/local/bin/day'], { stdio: ['ignore', 'ignore', 'inherit'] })
await new Promise((resolve) => day.on('close', resolve))
await sleep(3_000)
for (const sensor of sensors) await sensor.stop()
process.exit(0)
