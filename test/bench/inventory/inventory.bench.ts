// What a look at this host's inventory costs, the first and those when little changed, and how large it is on the wire.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { createInventorySensor, createLedger, defaultSensorPolicy } from '@rampart/sensor'
import { createHostLooker } from '../../../packages/sensor/src/inventory/look.ts'

const cpuMs = (since: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const looker = createHostLooker()
const rows: Record<string, string | number>[] = []
const looks = 10
let things = 0
let wire = 0
const costs: number[] = []
for (let look = 0; look < looks; look++) {
  const [start, reads] = [process.cpuUsage(), looker.reads]
  const looked = await looker.look()
  const cost = cpuMs(start)
  costs.push(cost)
  if (look === 0 || look === looks - 1)
    rows.push({ look: look === 0 ? 'first' : 'last', 'CPU ms': cost.toFixed(1), 'files read': looker.reads - reads })
  things = Object.values(looked).reduce((sum, one) => sum + Object.keys(one.things).length, 0)
  wire = zstdCompressSync(JSON.stringify(looked)).length
  await pause(2_500)
}
const later = costs.slice(1).sort((one, other) => one - other)
const median = later[Math.floor(later.length / 2)] ?? 0

const directory = mkdtempSync(join(tmpdir(), 'bench-inventory-'))
const ledger = createLedger(join(directory, 'ledger.json'))
const accounts = createInventorySensor(
  {
    asset: { id: 'bench', name: 'bench', kind: 'host' },
    bootId: 'bench',
    emit() {},
    report() {},
    stateDirectory: directory,
    policy: defaultSensorPolicy,
  },
  ledger,
  { intervalMs: 500 },
)
await accounts.start()
await pause(2_500)
const before = process.cpuUsage()
await pause(10_000)
const accountLook = cpuMs(before) / 20
await accounts.stop()
rmSync(directory, { recursive: true, force: true })

console.table(rows)
console.log(`${things} things, ${wire} bytes compressed`)
console.log(`a later look: median ${median.toFixed(1)} ms of CPU; a look at accounts: ${accountLook.toFixed(2)} ms`)
const share = (median / 300_000 + accountLook / 30_000) * 100
console.log(`at rest (every 5 min and every 30 s): ${share.toFixed(3)} % of a core`)
