/** Two units of sensors for tests: `steady` emits numbered events; `failing` throws in a timer, a promise or a callback as `fault` in the state directory says. */
import { existsSync, readFile, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Sensor, SensorContext } from '@rampart/sensor'

function sensor(name: string, eventsSeen: () => number, stop: () => void): Sensor {
  const health = () => ({
    sensor: name,
    state: 'running' as const,
    eventsSeen: eventsSeen(),
    eventsLost: 0,
    lostByCause: {},
    capabilities: {},
  })
  return { name, start: async () => {}, stop: async () => stop(), health }
}

function emitter(context: SensorContext, name: string, everyMs: number): Sensor {
  let seen = 0
  const timer = setInterval(() => {
    seen++
    const process = { pid: seen, entityId: `b-${seen}-1`, executable: '/bin/true', commandLine: `${name} ${seen}` }
    const id = `${context.asset.id}/${name}/${performance.now()}/${seen}`
    context.emit({
      schema: 1,
      at: Date.now(),
      asset: context.asset,
      sensor: name,
      process,
      id,
      type: 'process.started',
    })
  }, everyMs)
  return sensor(
    name,
    () => seen,
    () => clearInterval(timer),
  )
}

const faults: Record<string, () => unknown> = {
  timer: () => {
    throw new Error('a timer of the test failed')
  },
  promise: () => Promise.resolve().then(() => Promise.reject(new Error('a promise of the test failed'))),
  callback: () =>
    readFile('/dev/null', () => {
      throw new Error('a callback of the test failed')
    }),
}

export const sensorUnits = {
  steady: async (context: SensorContext) => [emitter(context, 'steady', 20)],
  failing: async (context: SensorContext) => {
    const wish = join(context.stateDirectory, 'fault')
    const own = emitter(context, 'failing', 20)
    const timer = setInterval(() => {
      if (!existsSync(wish)) return
      const fault = readFileSync(wish, 'utf8')
      rmSync(wish)
      faults[fault]?.()
    }, 20)
    const stop = async () => {
      clearInterval(timer)
      await own.stop()
    }
    return [{ ...own, stop }]
  },
}
