/** A process that runs the kernel sensors for the benchmark and answers its parent's questions over IPC. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { defaultSensorPolicy, type Sensor, startKernelSensors } from '@rampart/sensor/host'

const stateDirectory = mkdtempSync(path.join(tmpdir(), 'rampart-bench-'))
const counts = new Map<string, number>()
let latenciesMs: number[] = []
let cpu = process.cpuUsage()
let since = performance.now()

let sensors: Sensor[] = []
const start = () =>
  startKernelSensors({
    asset: { id: 'bench', name: 'bench', kind: 'host' },
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    emit(event) {
      counts.set(event.type, (counts.get(event.type) ?? 0) + 1)
      if (event.type === 'process.started') latenciesMs.push(performance.timeOrigin + performance.now() - event.at)
    },
    report() {},
    stateDirectory,
    policy: defaultSensorPolicy,
  })
const stop = async () => {
  for (const sensor of sensors) await sensor.stop()
  sensors = []
}

process.on('message', async (question) => {
  if (question === 'on') {
    sensors = await start()
    process.send?.({})
  } else if (question === 'off') {
    await stop()
    process.send?.({})
  } else if (question === 'reset') {
    counts.clear()
    latenciesMs = []
    cpu = process.cpuUsage()
    since = performance.now()
    process.send?.({})
  } else if (question === 'read') {
    const used = process.cpuUsage(cpu)
    process.send?.({
      counts: Object.fromEntries(counts),
      latenciesMs,
      cpuMs: (used.user + used.system) / 1000,
      wallMs: performance.now() - since,
      rssBytes: process.memoryUsage.rss(),
      emitted: sensors.reduce((sum, sensor) => sum + sensor.health().eventsSeen, 0),
      lost: sensors.reduce((sum, sensor) => sum + sensor.health().eventsLost, 0),
    })
  } else {
    await stop()
    rmSync(stateDirectory, { recursive: true, force: true })
    process.disconnect()
  }
})
process.send?.({})
