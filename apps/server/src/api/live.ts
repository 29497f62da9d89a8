/** `GET /api/v1/stream`: hands a signed-in browser over to the live stream. */
import type { FastifyInstance } from 'fastify'
import type { Context } from '../context.ts'
import { scopeKey } from './asset-scope.ts'
import { listBanners } from './asset-view.ts'
import { cookieName } from './gate.ts'
import { Refused, send } from './refused.ts'
import { needsSecondFactor } from './second-factor.ts'
import { toSummary } from './summary-view.ts'

export function addStream(app: FastifyInstance, context: Context): void {
  app.get('/api/v1/stream', async (request, reply) => {
    if (request.headers.authorization !== undefined)
      return send(
        reply,
        new Refused(400, {
          code: 'token.not-allowed',
          message: 'The live stream is for browsers. Programs ask the routes of the API, or take a webhook.',
        }),
      )
    const session = context.sessions.find(request.cookies[cookieName], false)
    if (!session || session.user.mustChange || needsSecondFactor(context, session.user))
      return send(reply, new Refused(401, { code: 'session.missing', message: 'Sign in first.' }))
    const lastEventId = request.headers['last-event-id']
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value)
    const { scope, id } = session
    // Who is bound to other groups since gets a new stream, with what may be seen now.
    const isSignedIn = () => {
      const present = context.sessions.present(id)
      return present !== null && scopeKey(present.scope) === scopeKey(scope)
    }
    const client = { response: reply.raw, user: session.user.name, scope, isSignedIn }
    reply.hijack()
    request.raw.socket.setTimeout(0)
    if (!context.stream.add(client, typeof lastEventId === 'string' ? lastEventId : undefined)) {
      reply.raw.writeHead(503).end()
      return reply
    }
    try {
      context.stream.greet(client, 'summary', await toSummary(context, scope))
      context.stream.greet(client, 'banners', { count: (await listBanners(context, scope)).length })
    } catch (error) {
      context.log.warn({ error }, 'first messages of a stream failed')
    }
    return reply
  })
}
