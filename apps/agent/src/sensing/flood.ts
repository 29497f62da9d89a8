/** What the fair queue has to know of an event: whose lane it belongs to, what equals it, how much memory it takes. */
import type { Event } from '@rampart/event'

/**
 * The lane of an event: its container; else the process two below pid 1 (a service's worker, one ssh connection, one
 * cron job); else its sensor.
 */
export function laneOf(event: Event): string {
  if (event.container !== undefined) return event.container.id
  const process = event.process
  if (process === undefined) return event.sensor
  const ancestors = process.ancestors
  if (ancestors === undefined || ancestors.length < 2) return process.entityId
  // Nearest first, so pid 1 is last when the chain is complete.
  const complete = ancestors.at(-1)?.pid === 1
  return ancestors[ancestors.length - (complete ? 3 : 2)]?.entityId ?? process.entityId
}

/** Equal for events that say the same but for when and by which process id. */
export function repeatKey(event: Event): string {
  const { id: _id, at: _at, receivedAt: _received, count: _count, asset: _asset, process, ...rest } = event
  const said =
    rest.type === 'network.connected' || rest.type === 'network.accepted'
      ? { ...rest, source: rest.source?.address }
      : rest
  return JSON.stringify([
    said,
    process?.executable,
    process?.commandLine,
    process?.user?.id,
    process?.workingDirectory,
    process?.parent?.executable,
    process?.parent?.commandLine,
  ])
}

/** Estimated bytes in memory. Ancestors are shared between events and not counted. */
export function sizeOf(event: Event): number {
  // The command line stands twice: joined and as the argument vector.
  let size = 800 + 4 * (event.process?.commandLine?.length ?? 0)
  if ('message' in event && typeof event.message === 'string') size += 2 * event.message.length
  if ('fields' in event) size += 1200
  return size
}
