/**
 * Records an ordinary day: runs a script inside an overlay of the root file system, with the kernel sensors on, and keeps the
 * events of its processes. Root only: `tools/node test/baseline/record.ts SCRIPT OUTPUT.ndjson.gz`.
 */
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Event } from '@rampart/event'
import { defaultSensorPolicy, startKernelSensors } from '@rampart/sensor'
import { ordinaryEvents } from './ordinary-events.ts'
import { enterOverlay } from './overlay.ts'

const [script, output] = process.argv.slice(2)
if (!script || !output || process.getuid?.() !== 0) {
  process.stderr.write('usage (as root): tools/node test/baseline/record.ts SCRIPT OUTPUT.ndjson.gz\n')
  process.exit(2)
}

const enter = `${enterOverlay}exec env -i /bin/bash /usr/local/bin/day
`

const work = mkdtempSync(join(tmpdir(), 'baseline-'))
const state = join(work, 'state')
mkdirSync(state)
const events: Event[] = []
const sensors = await startKernelSensors({
  asset: { id: 'baseline', name: 'server-1', kind: 'host' },
  bootId: randomUUID(),
  emit: (event) => events.push(event),
  report: (health) => {
    if (health.state !== 'running') process.stderr.write(`${health.sensor} ${health.state} ${health.reason ?? ''}\n`)
    if (health.eventsLost > 0) process.stderr.write(`${health.sensor} lost ${health.eventsLost} events\n`)
  },
  stateDirectory: state,
  policy: defaultSensorPolicy,
})
const overlay = join(work, 'overlay')
mkdirSync(overlay)
const day = spawn('unshare', ['--mount', '/bin/sh', '-c', enter, 'enter', overlay, resolve(script)], {
  stdio: ['ignore', 'inherit', 'inherit'],
})
const root = day.pid ?? 0
await new Promise((done) => day.on('close', done))
await sleep(2000)
for (const sensor of sensors) await sensor.stop()
spawnSync('umount', ['-l', overlay])
rmSync(work, { recursive: true, force: true })

const own = ordinaryEvents(events, root)
writeFileSync(output, gzipSync(`${own.map((event) => JSON.stringify(event)).join('\n')}\n`, { level: 9 }))
process.stdout.write(`${own.length} events of ${events.length} kept in ${output}\n`)
