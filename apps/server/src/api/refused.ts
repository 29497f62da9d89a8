/** An expected failure of a request: a status and the error that the caller gets. */
import type { ApiError, RefusalCode } from '@rampart/api'
import type { FastifyReply } from 'fastify'

/** What the caller reads; its code is one of the catalogue. */
export type RefusalError = ApiError & { code: RefusalCode }

export class Refused {
  readonly status: number
  readonly error: RefusalError

  constructor(status: number, error: RefusalError) {
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
