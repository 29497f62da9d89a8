/** The built console as static files; every other path of a browser gets its index page. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const notBuilt =
  'The console is not built. Run "make build" (or "npm run build -w apps/console"), then reload. The API is at /api/v1/.\n'

export async function serveConsole(app: FastifyInstance, directory: string | null): Promise<void> {
  const built = directory !== null && existsSync(join(directory, 'index.html'))
  if (built)
    await app.register(fastifyStatic, {
      root: directory,
      wildcard: true,
      index: false,
      cacheControl: false,
      setHeaders: (reply, path) => {
        // File names under static/ carry a digest of their content.
        const immutable = path.includes('/static/')
        reply.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  app.get('/', async (_request, reply) =>
    built ? reply.sendFile('index.html') : reply.code(503).type('text/plain').send(notBuilt),
  )
  app.setNotFoundHandler(async (request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
    const isPage = wantsPage && !/^\/(?:api|health|metrics|static)(?:\/|$)/.test(request.url)
    if (isPage && built) return reply.sendFile('index.html')
    if (isPage) return reply.code(503).type('text/plain').send(notBuilt)
    return reply.code(404).send({ code: 'request.not-found', message: 'There is nothing at this path.' })
  })
}
