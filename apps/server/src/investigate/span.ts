/** Which part of the archive belongs to an alert, and how its questions are asked. */
import type { Alert } from '@rampart/alert'
import type { Shortfall } from '@rampart/api'
import type { Event } from '@rampart/event'
import { SearchError } from '../archive/event-search.ts'
import type { Context } from '../context.ts'

/** Around an alert, processes are looked for within this, ms. */
const aroundMs = 6 * 3_600_000
const eventsMax = 3000

export interface Span {
  from: number
  to: number
}

export function spanOf(alert: Pick<Alert, 'firstAt' | 'lastAt'>, around = aroundMs): Span {
  return { from: alert.firstAt - around, to: alert.lastAt + around }
}

/** Events of processes and of those they started, oldest first. An archive that cannot answer is a shortfall, not a failure. */
export async function eventsOfProcesses(
  context: Context,
  assetId: string,
  entityIds: readonly string[],
  span: Span,
  limit = eventsMax,
): Promise<{ events: Event[]; shortfall: Shortfall }> {
  if (entityIds.length === 0) return { events: [], shortfall: null }
  try {
    return await context.search.byProcess(assetId, entityIds, { ...span, limit })
  } catch (error) {
    if (error instanceof SearchError) return { events: [], shortfall: 'unavailable' }
    throw error
  }
}

/** Evidence events of alerts that are whole; the latest 50 of each. */
export async function evidenceOf(context: Context, alertId: string): Promise<Event[]> {
  const kept = await context.alerts.evidence(alertId)
  return kept.map(({ event }) => event).filter((event) => !('cut' in event))
}
