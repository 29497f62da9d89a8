/**
 * A sensor for tests: emits numbered events as a file in its state directory says (`{"perTick", "everyMs", "lanes"}`), each number
 * once per state directory, right across restarts.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sensor, SensorContext } from '@rampart/sensor'

interface Plan {
  perTick: number
  everyMs: number
  /** Stop after so many. */
  limit: number
  type?: 'process.started' | 'process.ended'
}

export async function startSensors(context: SensorContext): Promise<Sensor[]> {
  const run = join(context.stateDirectory, 'run')
  const runNumber = (existsSync(run) ? Number(readFileSync(run, 'utf8')) : 0) + 1
  writeFileSync(run, String(runNumber))
  let seen = 0
  let timer: NodeJS.Timeout | undefined
  const plan = (): Plan => JSON.parse(readFileSync(join(context.stateDirectory, 'plan.json'), 'utf8'))

  function tick(): void {
    const { perTick, everyMs, limit, type = 'process.started' } = plan()
    for (let at = 0; at < perTick && seen < limit; at++) {
      seen++
      const process = {
        pid: seen,
        entityId: `b-${seen}-1`,
        executable: '/bin/true',
        commandLine: `true ${runNumber} ${seen}`,
      }
      const common = { schema: 1 as const, at: Date.now(), asset: context.asset, sensor: 'ticking', process }
      context.emit({ ...common, id: `${context.asset.id}/run-${runNumber}/${seen}`, type })
    }
    timer = setTimeout(tick, everyMs)
  }
  const sensor: Sensor = {
    name: 'ticking',
    start: async () => tick(),
    stop: async () => clearTimeout(timer),
    health: () => ({
      sensor: 'ticking',
      state: 'running',
      eventsSeen: seen,
      eventsLost: 0,
      lostByCause: {},
      capabilities: { 'process.started': { works: true } },
    }),
  }
  await sensor.start()
  return [sensor]
}
