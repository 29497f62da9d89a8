/** A sensor for tests: emits each line that is appended to `tell.ndjson` in its state directory as an event of this asset, once. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Event } from '@rampart/event'
import type { Sensor, SensorContext } from '@rampart/sensor'

const everyMs = 20

export async function startSensors(context: SensorContext): Promise<Sensor[]> {
  const file = join(context.stateDirectory, 'tell.ndjson')
  const place = join(context.stateDirectory, 'told')
  let told = existsSync(place) ? Number(readFileSync(place, 'utf8')) : 0
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
    for (const line of lines.slice(told)) {
      told++
      const id = `${context.asset.id}/told/${told}`
      const event = { sensor: 'telling', ...JSON.parse(line), schema: 1, id, asset: context.asset }
      context.emit(event as Event)
    }
    writeFileSync(place, String(told))
    timer = setTimeout(look, everyMs)
  }
  const sensor: Sensor = {
    name: 'telling',
    start: async () => look(),
    stop: async () => clearTimeout(timer),
    health: () => ({
      sensor: 'telling',
      state: 'running',
      eventsSeen: told,
      eventsLost: 0,
      lostByCause: {},
      capabilities: {},
    }),
  }
  await sensor.start()
  return [sensor]
}
