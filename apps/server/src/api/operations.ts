/** What the machinery around the server asks: is it alive, is it ready, what are its numbers. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Context } from '../context.ts'
import { Refused, send } from './refused.ts'

/** `metricsToken` is needed for /metrics from elsewhere than this machine; null refuses it there. */
export function addOperations(app: FastifyInstance, context: Context, metricsToken: string | null): void {
  app.get('/health/live', async () => ({ ok: true }))
  app.get('/health/ready', async (_request, reply) => {
    const { problem } = context.guard
    return reply.code(problem ? 503 : 200).send({ ok: problem === null, problems: problem ? [problem.code] : [] })
  })
  app.get('/metrics', async (request, reply) => {
    const given = request.headers.authorization
    const local = ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(request.ip)
    if (!local && (metricsToken === null || !isEqual(given, `Bearer ${metricsToken}`)))
      return send(reply, new Refused(403, { code: 'session.not-allowed', message: 'Metrics need the metrics token.' }))
    readGauges(context)
    return reply.type(context.metrics.registry.contentType).send(await context.metrics.registry.metrics())
  })
}

/** Takes as long wherever the texts differ. */
function isEqual(given: string | undefined, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return given !== undefined && timingSafeEqual(digest(given), digest(wanted))
}

/** Causes are words of our own agents; one that makes up many must not fill the memory of whoever collects. */
const causesMax = 200

/** Gauges are read when somebody asks: they cost nothing in between. */
function readGauges({ metrics, inbox, presence, archive, search, notifications }: Context): void {
  metrics.queueBatches.set(inbox.size())
  metrics.archiveBytes.set(archive.stats().bytes)
  if (search.state) {
    metrics.searchableEvents.set(search.state.events)
    metrics.searchableBytes.set(search.state.bytes)
    metrics.searchableOldest.set((search.state.oldestAt ?? 0) / 1000)
    metrics.searchableDamaged.set(search.state.damagedFiles)
  }
  const agents = presence.all()
  metrics.agentsOnline.set(agents.filter((agent) => agent.state === 'online').length)
  for (const gauge of [
    metrics.agents,
    metrics.sensorsUnwell,
    metrics.eventsLost,
    metrics.notificationsWaiting,
    metrics.notificationsDropped,
    metrics.channelsFailing,
  ])
    gauge.reset()
  let causes = 0
  const lost = (where: string, counts: Record<string, number>) => {
    for (const [cause, count] of Object.entries(counts)) {
      if (count <= 0) continue
      const known = causes++ < causesMax
      metrics.eventsLost.inc(known ? { where, cause } : { where: 'other', cause: 'other' }, count)
    }
  }
  let waiting = 0
  for (const agent of agents) {
    metrics.agents.inc({ state: agent.state })
    waiting += agent.spool?.events ?? 0
    lost('spool', agent.spool?.dropped ?? {})
    for (const sensor of presence.sensors(agent.assetId)) {
      lost(sensor.sensor, sensor.lostByCause)
      if (agent.state === 'online' && sensor.state !== 'running')
        metrics.sensorsUnwell.inc(
          causes++ < causesMax ? { sensor: sensor.sensor, state: sensor.state } : { sensor: 'other', state: 'other' },
        )
    }
  }
  metrics.spoolEvents.set(waiting)
  for (const channel of notifications.channels()) {
    const { kind } = channel.settings.target
    metrics.notificationsWaiting.inc({ kind }, notifications.countWaiting(channel.id))
    metrics.notificationsDropped.inc({ kind }, channel.dropped)
    metrics.channelsFailing.inc({ kind }, channel.failure && channel.settings.enabled ? 1 : 0)
  }
}
