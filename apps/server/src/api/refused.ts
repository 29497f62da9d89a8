/** An expected failure of a request: a status and the error that the caller gets. */
import type { ApiError } from '@rampart/api'
import type { FastifyReply } from 'fastify'

export class Refused {
  readonly status: number
  readonly error: ApiError

  constructor(status: number, error: ApiError) {
    this.status = status
    this.error = error
  }

  static notFound(what: string): Refused {
    return new Refused(404, {
      code: 'request.not-found',
      message: `There is no such ${what}. It may have been removed; reload the list.`,
    })
  }
}

export function send(reply: FastifyReply, refused: Refused): FastifyReply {
  return reply.code(refused.status).header('cache-control', 'no-store').send(refused.error)
}
