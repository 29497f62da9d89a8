/** The inventory sensors over the tree `root` in their state directory: a host that a test makes and changes. */
import { join } from 'node:path'
import {
  createHostInventorySensor,
  createInventorySensor,
  createLedger,
  defaultSensorPolicy,
  type Ledger,
} from '@rampart/sensor/host'
import type { HostContext } from '../src/sensing/sensors.ts'

let ledger: Ledger | undefined

export function inventoryLedger(context: HostContext): Ledger {
  ledger ??= createLedger(join(context.stateDirectory, 'host-inventory.json'))
  return ledger
}

export async function startSensors(context: HostContext) {
  const root = join(context.stateDirectory, 'root')
  const full = { ...context, policy: defaultSensorPolicy }
  const times = { intervalMs: 300, settleMs: 20, leastMs: 20 }
  const sensors = [
    createInventorySensor(full, inventoryLedger(context), { directory: join(root, 'etc'), ...times }),
    createHostInventorySensor(full, inventoryLedger(context), { root, proc: join(root, 'proc'), ...times }),
  ]
  for (const sensor of sensors) await sensor.start()
  return sensors
}
