/** What sensors do unless people decided otherwise. */
import { defaultWatches } from './file/watch.ts'
import type { SensorPolicy } from './sensor.ts'

export const defaultSensorPolicy: SensorPolicy = {
  watches: defaultWatches,
  hashWaitMs: 50,
  hashLimitBytes: 64 << 20,
  ringBytes: 4 << 20,
  rung: 'auto',
}
