/** Health of a sensor that counts its events itself: what it saw and lost, and what it can see here. */
import type { SensorHealth, SensorState } from '../sensor.ts'

export interface CountedHealth {
  see(count?: number): void
  lose(cause: string, count?: number): void
  /** `reason` is required when it does not work; on a fallback it may say what is weaker. */
  capability(type: string, works: boolean, reason?: string): void
  read(): SensorHealth
}

/** `weaker`: why the sensor that sees more is not the one that runs. */
export function countedHealth(sensor: string, weaker: string): CountedHealth {
  const capabilities: SensorHealth['capabilities'] = {}
  const lostByCause: Record<string, number> = {}
  let eventsSeen = 0
  let eventsLost = 0
  return {
    see(count = 1) {
      eventsSeen += count
    },
    lose(cause, count = 1) {
      eventsLost += count
      lostByCause[cause] = (lostByCause[cause] ?? 0) + count
    },
    capability(type, works, reason) {
      capabilities[type] = reason === undefined ? { works } : { works, reason }
    },
    read() {
      const works = Object.values(capabilities).some((one) => one.works)
      const state: SensorState = works ? 'degraded' : 'failed'
      return { sensor, state, reason: weaker, eventsSeen, eventsLost, lostByCause: { ...lostByCause }, capabilities }
    },
  }
}
