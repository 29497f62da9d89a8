/** Keeps the health of one kernel sensor: counts from the kernel, capabilities from what could be loaded. */
import type { SensorHealth, SensorState } from '../sensor.ts'
import type { KernelSource } from './source.ts'
import type { CounterOutcome } from './wire.ts'

/** So long after a loss the sensor says so; the count stays. */
const losingMs = 60_000

export interface HealthKeeper {
  /** Says whether an event type can be produced; `reason` is required when it cannot. */
  capability(type: string, works: boolean, reason?: string): void
  /** Says that an event type cannot happen on this host: nothing is missing, the sensor is not worse for it. */
  cannotHappen(type: string, reason: string): void
  /** Counts an event that this sensor gave up in user space. */
  lose(cause: string): void
  read(): SensorHealth
}

/**
 * `recordTypes` are the records whose loss counts for this sensor. `countsForAll`: it also answers for what cannot be
 * told apart by type: records that could not be decoded, and runs that the kernel left out.
 */
export function healthKeeper(
  sensor: string,
  source: KernelSource,
  recordTypes: readonly number[],
  countsForAll = false,
): HealthKeeper {
  const capabilities: SensorHealth['capabilities'] = {}
  const impossible = new Set<string>()
  const givenUp = new Map<string, number>()
  let lostBefore = 0
  let lostAt = Number.NEGATIVE_INFINITY
  return {
    lose(cause) {
      givenUp.set(cause, (givenUp.get(cause) ?? 0) + 1)
    },
    capability(type, works, reason) {
      capabilities[type] = works ? { works } : { works, reason }
    },
    cannotHappen(type, reason) {
      impossible.add(type)
      capabilities[type] = { works: false, reason }
    },
    read() {
      const sum = (count: (type: number) => number) => recordTypes.reduce((total, type) => total + count(type), 0)
      const lostByCause: Record<string, number> = {}
      let eventsLost = 0
      const lose = (cause: string, count: number) => {
        if (count === 0) return
        lostByCause[cause] = count
        eventsLost += count
      }
      const counted = (outcome: CounterOutcome) => sum((type) => source.counters.count(outcome, type))
      lose('ring-full', counted('dropped'))
      lose('held-back', counted('heldBack'))
      lose('unreadable', counted('unreadable'))
      for (const [cause, count] of givenUp) lose(cause, count)
      if (countsForAll) {
        lose('undecodable', source.undecoded())
        lose('kernel-busy', source.missed())
      }
      const expected = Object.entries(capabilities).filter(([type]) => !impossible.has(type))
      const failing = expected.flatMap(([, capability]) => (capability.works ? [] : [capability]))
      if (eventsLost > lostBefore) lostAt = performance.now()
      lostBefore = eventsLost
      const losing = performance.now() - lostAt < losingMs
      const state: SensorState =
        failing.length === 0
          ? losing
            ? 'degraded'
            : 'running'
          : failing.length < expected.length
            ? 'degraded'
            : 'failed'
      const reason = failing[0]?.reason ?? (losing ? lossReason(lostByCause) : undefined)
      return {
        sensor,
        state,
        ...(reason && { reason }),
        eventsSeen: counted('emitted') + counted('merged'),
        eventsLost,
        lostByCause,
        capabilities,
      }
    },
  }
}

/** What was lost and what helps; the cause with most losses speaks. */
function lossReason(lostByCause: Readonly<Record<string, number>>): string {
  const [cause = '', count = 0] = Object.entries(lostByCause).sort(([, a], [, b]) => b - a)[0] ?? []
  const advice: Record<string, string> = {
    'ring-full': "The agent's CPU limit is too low for this host, or policy sensor.ringBytes too small.",
    'held-back': 'One process did more than the agent can read; what other processes did was kept.',
    'not-examined': 'More files were made than could be looked at; name fewer places in the watch list.',
    unreadable: 'A process changed its memory or descriptors while its calls were read: look at it.',
  }
  return `Events are being lost: ${count} by ${cause} so far. ${advice[cause] ?? ''}`.trim()
}

/** Why a program does not run, in words. */
export function refusal(error: string | undefined): string {
  if (error === undefined) return 'This kernel does not have the hook.'
  if (error === 'ENOENT' || error === 'ESRCH') return 'This kernel does not have the hook (it was built without it).'
  if (error === 'EPERM' || error === 'EACCES') return `The kernel refuses the program (${error}).`
  return `The kernel cannot load the program (${error}).`
}
