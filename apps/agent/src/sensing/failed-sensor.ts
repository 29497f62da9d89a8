/** Health of a sensor that does not work at all. */
import type { SensorHealth } from '@rampart/sensor'

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
