/** Keeps the health of one kernel sensor: counts from the kernel, capabilities from what could be loaded. */
import type { SensorHealth, SensorState } from '../sensor.ts'
import type { KernelSource } from './source.ts'

export interface HealthKeeper {
  /** Says whether an event type can be produced; `reason` is required when it cannot. */
  capability(type: string, works: boolean, reason?: string): void
  read(): SensorHealth
}

/** `recordTypes` are the records whose loss counts for this sensor. */
export function healthKeeper(sensor: string, source: KernelSource, recordTypes: readonly number[]): HealthKeeper {
  const capabilities: SensorHealth['capabilities'] = {}
  return {
    capability(type, works, reason) {
      capabilities[type] = works ? { works } : { works, reason }
    },
    read() {
      const sum = (count: (type: number) => number) => recordTypes.reduce((total, type) => total + count(type), 0)
      const dropped = sum(source.counters.dropped)
      const lostByCause: Record<string, number> = dropped > 0 ? { 'ring-full': dropped } : {}
      const failing = Object.values(capabilities).filter((capability) => !capability.works)
      const state: SensorState =
        failing.length === 0 ? 'running' : failing.length < Object.keys(capabilities).length ? 'degraded' : 'failed'
      return {
        sensor,
        state,
        ...(failing[0]?.reason && { reason: failing[0].reason }),
        eventsSeen: sum(source.counters.emitted),
        eventsLost: dropped,
        lostByCause,
        capabilities,
      }
    },
  }
}

/** Why a program does not run, in words. */
export function refusal(error: string | undefined): string {
  if (error === undefined) return 'This kernel does not have the hook.'
  if (error === 'ENOENT' || error === 'ESRCH') return 'This kernel does not have the hook (it was built without it).'
  if (error === 'EPERM' || error === 'EACCES') return `The kernel refuses the program (${error}).`
  return `The kernel cannot load the program (${error}).`
}
