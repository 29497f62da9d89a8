/** `GET /api/v1/quarantine/:id/download`: the zip that a host sent, as a file; everything else of the API is JSON. */
import { createReadStream, statSync } from 'node:fs'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Context } from '../context.ts'
import { isVisible } from './asset-scope.ts'
import { Refused } from './refused.ts'
import { mayDo, scopeOf } from './sessions.ts'

export function addDownload(
  app: FastifyInstance,
  context: Context,
  cookieName: string,
  send: (reply: FastifyReply, refused: Refused) => FastifyReply,
): void {
  app.get('/api/v1/quarantine/:id/download', async (request, reply) => {
    const session = context.sessions.find(request.cookies[cookieName])
    if (!session || session.user.mustChange)
      return send(reply, new Refused(401, { code: 'session.missing', message: 'Sign in first.' }))
    if (!mayDo(session.user.role, 'responder'))
      return send(reply, new Refused(403, { code: 'session.not-allowed', message: 'This needs the role responder.' }))
    const { id } = request.params as { id: string }
    const file = context.response.quarantine.file(id)
    const asset = file && (await context.alerts.asset(file.assetId))
    const { downloads } = context.response
    if (!file || !isVisible(scopeOf(session), asset ?? { group: null }) || downloads.state(file.entry) !== 'ready')
      return send(reply, Refused.notFound('download'))
    const path = downloads.path(file.entry)
    context.people.record({
      at: context.now(),
      actor: session.user.name,
      address: request.ip,
      action: 'downloadQuarantined',
      subject: file.entry,
      detail: { path: file.path, sha256: file.sha256 },
    })
    return reply
      .header('content-type', 'application/zip')
      .header('content-length', statSync(path).size)
      .header('content-disposition', `attachment; filename="${file.sha256?.slice(0, 16) ?? file.entry}.zip"`)
      .header('cache-control', 'no-store')
      .send(createReadStream(path))
  })
}
