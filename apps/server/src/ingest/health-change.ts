/** Two heartbeats in, what changed for the worse out: a sensor that worked and does not, an agent taken apart, events lost. */
import type { SensorHealth } from '../store/agents.ts'

/** The agent's own word for somebody having taken it apart. */
export const integritySensor = 'agent.integrity'
/** Fewer lost events than that are shown, and no event of their own. */
const lostLeast = 100

export interface HealthNews {
  state: 'degraded' | 'tampered' | 'losing-events'
  reason: string
  lost?: number
}

export interface Heartbeat {
  sensors: readonly SensorHealth[]
  dropped: Record<string, number>
}

/** Nothing at the first heartbeat of a connection: what never worked on a host is shown on its page. */
export function healthNews(before: Heartbeat | undefined, now: Heartbeat): HealthNews[] {
  const news: HealthNews[] = []
  const earlier = new Map(before?.sensors.map((one) => [one.sensor, one]))
  for (const { sensor, state, reason = '' } of now.sensors) {
    const was = earlier.get(sensor)
    if (sensor === integritySensor) {
      if (reason !== was?.reason) news.push({ state: 'tampered', reason })
    } else if (was?.state === 'running' && (state === 'failed' || state === 'degraded'))
      news.push({ state: 'degraded', reason: `${sensor}: ${reason || state}`.slice(0, 1024) })
  }
  if (before === undefined) return news
  const causes: string[] = []
  let lost = 0
  for (const [cause, count] of [...lossesOf(now)]) {
    const more = count - (lossesOf(before).get(cause) ?? 0)
    if (more <= 0) continue
    lost += more
    causes.push(`${cause}: ${more}`)
  }
  if (lost >= lostLeast) news.push({ state: 'losing-events', reason: causes.join(', ').slice(0, 1024), lost })
  return news
}

function lossesOf({ sensors, dropped }: Heartbeat): Map<string, number> {
  return new Map([
    ...Object.entries(dropped),
    ...sensors.map(({ sensor, eventsLost }) => [sensor, eventsLost] as const),
  ])
}
