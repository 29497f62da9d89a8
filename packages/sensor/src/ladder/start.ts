/**
 * The best way to see that works on this host, found out by trying: eBPF, then fanotify with the process connector, then an
 * own tracing instance, then /proc and inotify. Says which it is, and of every better one why it is not.
 */
import { objectDirectory, startKernelSensors } from '../kernel/start.ts'
import { type PathWatch, type Rung, rungs, type Sensor, type SensorContext, type SensorHealth } from '../sensor.ts'
import { type Blocking, tryBlocking } from './blocking.ts'
import type { Found } from './fallback.ts'

const reportIntervalMs = 5000
const notNeeded = 'Not needed: a better one works.'

export interface HostSensors {
  rung: Rung
  sensors: Sensor[]
  /** Takes another watch list over while everything runs; false when that needs a restart. */
  watch(watches: readonly PathWatch[]): boolean
}

/** Never rejects. `policy.rung` begins further down than the best. Stop all sensors to end. */
export async function startHostSensors(context: SensorContext, directory = objectDirectory): Promise<HostSensors> {
  const forced = context.policy.rung ?? 'auto'
  const from = forced === 'auto' ? 0 : rungs.indexOf(forced)
  const why = new Map<Rung, string>()
  const skipped = `Left out: the policy asks for ${forced}.`
  for (const rung of rungs.slice(0, from)) why.set(rung, skipped)
  const blocking = tryBlocking(directory)
  let found: Found | undefined
  if (from <= rungs.indexOf('ebpf')) {
    const wantsLsm = from === 0
    if (wantsLsm && !blocking.lsm) why.set('lsm', blocking.whyNoLsm)
    const kernel = await startKernelSensors(context, directory)
    const first = kernel[0]?.health()
    if (first?.capabilities['process.started']?.works)
      found = { rung: wantsLsm && blocking.lsm ? 'lsm' : 'ebpf', sensors: kernel }
    else {
      for (const sensor of kernel) await sensor.stop()
      why.set('ebpf', first?.reason ?? 'The kernel programs cannot be loaded.')
      if (blocking.lsm) why.set('lsm', why.get('ebpf') ?? '')
    }
  }
  // Not loaded where it is not needed: code is memory.
  found ??= await (await import('./fallback.ts')).startFallback(context, from, why)
  const ladder = ladderSensor(found.rung, why, blocking)
  const sensors = [ladder, ...found.sensors]
  const timer = reportRegularly(sensors, context)
  return {
    rung: found.rung,
    sensors: sensors.map((sensor) => ({
      ...sensor,
      async stop() {
        clearInterval(timer)
        await sensor.stop()
      },
    })),
    watch(watches) {
      const hashes = sensors.some((sensor) => sensor.name === 'fanotify.file')
      if (!hashes && watches.some((watch) => watch.hash)) return false
      for (const sensor of sensors) sensor.watch?.(watches)
      return true
    },
  }
}

/** A sensor that sees nothing itself: its health is the map of what can be seen and blocked on this host. */
function ladderSensor(rung: Rung, why: ReadonlyMap<Rung, string>, blocking: Blocking): Sensor {
  const chosen = rungs.indexOf(rung)
  const capabilities: SensorHealth['capabilities'] = {}
  for (const [index, one] of rungs.entries())
    capabilities[`rung.${one}`] =
      index === chosen
        ? { works: true }
        : index > chosen
          ? { works: true, reason: notNeeded }
          : { works: false, reason: (why.get(one) ?? '').slice(0, 1000) }
  const health: SensorHealth = {
    sensor: 'host.ladder',
    state: chosen <= rungs.indexOf('ebpf') ? 'running' : 'degraded',
    eventsSeen: 0,
    eventsLost: 0,
    lostByCause: {},
    capabilities: { ...capabilities, ...blocking.capabilities },
  }
  if (health.state === 'degraded')
    health.reason = `Less can be seen than with eBPF, which does not run here: ${why.get('ebpf') ?? ''}`.slice(0, 1000)
  return { name: 'host.ladder', start: async () => {}, stop: async () => {}, health: () => health }
}

function reportRegularly(sensors: readonly Sensor[], context: SensorContext): NodeJS.Timeout {
  const reports = new Map<string, string>()
  const report = () => {
    for (const sensor of sensors) {
      const health = sensor.health()
      const text = JSON.stringify(health)
      if (reports.get(sensor.name) === text) continue
      reports.set(sensor.name, text)
      context.report(health)
    }
  }
  report()
  return setInterval(report, reportIntervalMs).unref()
}
