/** What the machinery around the server asks: is it alive, is it ready, what are its numbers. */
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
    if (!local && (metricsToken === null || given !== `Bearer ${metricsToken}`))
      return send(reply, new Refused(403, { code: 'session.not-allowed', message: 'Metrics need the metrics token.' }))
    context.metrics.queueBatches.set(context.inbox.size())
    context.metrics.agentsOnline.set(context.presence.all().filter((agent) => agent.state === 'online').length)
    context.metrics.archiveBytes.set(context.archive.stats().bytes)
    return reply.type(context.metrics.registry.contentType).send(await context.metrics.registry.metrics())
  })
}
