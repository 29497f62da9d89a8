/**
 * Sensors that share their fate, kept running: a fault in a timer, a callback or a promise of one unit ends and starts that
 * unit alone, with growing waits and a count. Whose fault it was, the asynchronous context tells in which its sensors were started.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Sensor, SensorHealth } from '@rampart/sensor'
import { createBackoff } from '../backoff.ts'
import { failedSensor } from './failed-sensor.ts'

export interface Unit {
  name: string
  start(): Promise<Sensor[]>
}

export interface Units {
  /** Of all units that run now. */
  sensors(): Sensor[]
  /** Of sensors, and of units that failed: `failed` until they run again, `degraded` for a while afterwards. */
  health(): SensorHealth[]
  /** An exception nobody caught. False when it belongs to no unit. */
  fault(error: unknown): boolean
  stop(): Promise<void>
}

export interface UnitsOptions {
  firstWaitMs?: number
  /** A unit was started so often in this process that another process is the better start. */
  onHopeless(name: string): void
}

const longestWaitMs = 300_000
/** A unit that ran so long begins with the shortest wait again. */
const healthyMs = 300_000
/** What a unit had mapped stays with the process. */
const startsMost = 6
const stopMs = 1_000

interface Kept {
  unit: Unit
  sensors: Sensor[]
  backoff: ReturnType<typeof createBackoff>
  starts: number
  startedAt: number
  fault: string | undefined
  running: boolean
  timer: NodeJS.Timeout | undefined
}

/** Starts one unit after the other; one that cannot be started keeps no other from it. */
export async function keepUnits(
  units: readonly Unit[],
  { firstWaitMs = 1_000, onHopeless }: UnitsOptions,
): Promise<Units> {
  const owner = new AsyncLocalStorage<Kept>()
  let stopping = false
  const kept: Kept[] = units.map((unit) => ({
    unit,
    sensors: [],
    backoff: createBackoff(firstWaitMs, longestWaitMs),
    starts: 0,
    startedAt: 0,
    fault: undefined,
    running: false,
    timer: undefined,
  }))

  async function start(one: Kept): Promise<void> {
    one.timer = undefined
    const turn = ++one.starts
    one.startedAt = performance.now()
    one.running = true
    try {
      const sensors = await owner.run(one, () => one.unit.start())
      if (one.running && one.starts === turn && !stopping) one.sensors = sensors
      else await end(sensors)
    } catch (error) {
      fail(one, `it could not be started: ${textOf(error)}`)
    }
  }

  function fail(one: Kept, fault: string): void {
    if (!one.running || stopping) return
    one.running = false
    one.fault = fault
    if (performance.now() - one.startedAt > healthyMs) one.backoff.reset()
    const old = one.sensors
    one.sensors = []
    // Not in the context of the unit: what goes wrong while it ends is no fault of the next.
    void owner
      .exit(() => end(old))
      .then(() => {
        if (stopping) return
        if (one.starts >= startsMost) onHopeless(one.unit.name)
        else one.timer = setTimeout(start, one.backoff.next(), one)
      })
  }

  for (const one of kept) await start(one)

  return {
    sensors: () => kept.flatMap(({ sensors }) => sensors),
    health: () =>
      kept.flatMap((one) => {
        const { unit, fault, starts, sensors } = one
        const healths = sensors.map((sensor) => sensor.health())
        if (fault === undefined || (one.running && performance.now() - one.startedAt > healthyMs)) return healths
        const own = failedSensor(`unit.${unit.name}`, `${fault}; starts: ${starts}`)
        return [one.running ? { ...own, state: 'degraded' as const } : own, ...healths]
      }),
    fault(error) {
      const one = owner.getStore()
      if (one === undefined) return false
      fail(one, `it failed: ${textOf(error)}`)
      return true
    },
    async stop() {
      stopping = true
      for (const { timer } of kept) clearTimeout(timer)
      await end(kept.flatMap(({ sensors }) => sensors))
    },
  }
}

/** Whatever hangs, the end comes in time. */
async function end(sensors: readonly Sensor[]): Promise<void> {
  const limit = new Promise((resolve) => setTimeout(resolve, stopMs))
  await Promise.race([Promise.allSettled(sensors.map(async (sensor) => sensor.stop())), limit])
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500)
