/** A process that runs the kernel sensors for the benchmark and answers its parent's questions over IPC. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { defaultSensorPolicy, type Sensor, startHostSensors } from '@rampart/sensor/host'

const stateDirectory = mkdtempSync(path.join(tmpdir(), 'rampart-bench-'))
const counts = new Map<string, number>()
let latenciesMs: number[] = []
const files = new Set<string>()
let cpu = process.cpuUsage()
let since = performance.now()

let sensors: Sensor[] = []
const watched = process.env.WATCH
const start = async () => {
  const host = await startHostSensors({
    asset: { id: 'bench', name: 'bench', kind: 'host' },
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    emit(event) {
      counts.set(event.type, (counts.get(event.type) ?? 0) + 1)
      if (watched !== undefined && 'file' in event) files.add(event.file.path)
      if (event.type === 'process.started') latenciesMs.push(performance.timeOrigin + performance.now() - event.at)
    },
    report() {},
    stateDirectory,
    policy: {
      ...defaultSensorPolicy,
      rung: process.env.RUNG as 'fanotify' | undefined,
      ...(watched === undefined ? {} : { watches: [{ path: watched, report: 'all' as const }] }),
    },
  })
  return host.sensors
}
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
    files.clear()
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
      files: files.size,
      lostByCause: Object.assign({}, ...sensors.map((sensor) => sensor.health().lostByCause)),
      pssBytes: Number(/^Pss: +(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'latin1'))?.[1] ?? 0) * 1024,
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
