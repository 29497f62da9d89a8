/** The console port: the API from its table, the live stream, health, metrics, and the console's files. */
import { PassThrough, Readable } from 'node:stream'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import { isDiskFull } from '@rampart/alert'
import { type Route, type RouteName, routes } from '@rampart/api'
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify'
import type { Announcer } from '../announcer.ts'
import type { Context } from '../context.ts'
import type { KeyPair } from '../ingest/authority.ts'
import { knownBrowserMs } from '../store/known-browsers.ts'
import { throttleKey } from '../throttle.ts'
import type { SignedIn, TokenCaller } from './caller.ts'
import { serveConsole } from './console-files.ts'
import { bar, browserCookieName, cookieName, hidden, identify, namedIn, parse, withoutSecrets } from './gate.ts'
import { createHandlers } from './handlers.ts'
import { isHostAllowed } from './host-check.ts'
import { addStream } from './live.ts'
import { MadeFile } from './made-file.ts'
import { openApiDocument } from './openapi.ts'
import { addOperations } from './operations.ts'
import { Refused, send } from './refused.ts'

export interface AppOptions {
  /** Null for plain HTTP, which only loopback gets. */
  tls: KeyPair | null
  /** Names under which the console may be called, besides IP addresses and localhost. */
  names: readonly string[]
  /** Folder of the built console, or null. */
  consoleDirectory: string | null
  /** Needed for /metrics from elsewhere than this machine; null refuses it there. */
  metricsToken: string | null
  /** Requests that one address may send in a minute. Default 1,200. */
  requestsPerMinute?: number
}

const bodyMax = 1024 * 1024

export async function createApp(context: Context, announcer: Announcer, options: AppOptions): Promise<FastifyInstance> {
  const https = options.tls
    ? { cert: options.tls.certificate, key: options.tls.key, minVersion: 'TLSv1.2' as const }
    : null
  const app = fastify({
    ...(https && { https }),
    logger: false,
    bodyLimit: bodyMax,
    routerOptions: { maxParamLength: 128 },
    requestTimeout: 30_000,
    forceCloseConnections: true,
  } as FastifyServerOptions) as FastifyInstance
  await app.register(cookie)
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        workerSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: options.tls !== null,
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
  })
  await app.register(rateLimit, {
    max: options.requestsPerMinute ?? 1200,
    timeWindow: 60_000,
    cache: 10_000,
    keyGenerator: (request: FastifyRequest) => throttleKey(request.ip),
    // One page is a hundred small files of the console: they cost nothing, and must not use up what a person may ask.
    allowList: (request: FastifyRequest) => request.url.startsWith('/static/'),
    errorResponseBuilder: () => ({
      statusCode: 429,
      code: 'request.too-many',
      message: 'Too many requests. Wait a minute.',
    }),
  })

  app.addHook('onRequest', async (request, reply) => {
    if (isHostAllowed(request.headers.host, options.names)) return
    return send(
      reply,
      new Refused(421, {
        code: 'request.wrong-host',
        message: 'This server does not answer under that name. Use its address, or give the name with --name.',
      }),
    )
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'other'
    context.metrics.requestSeconds.observe({ route, status: String(reply.statusCode) }, reply.elapsedTime / 1000)
    context.log.debug(
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    )
  })
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    const status = error.statusCode ?? 500
    if (status === 429)
      return send(reply, new Refused(429, { code: 'request.too-many', message: 'Too many requests. Wait a minute.' }))
    if (status < 500) return send(reply, new Refused(status, { code: 'request.invalid', message: error.message }))
    if (isDiskFull(error))
      return send(
        reply,
        new Refused(503, {
          code: 'state.disk-full',
          message: 'The disk of the server is full: nothing can be changed until some space is free.',
        }),
      )
    context.log.error({ error, route: request.routeOptions.url }, 'request failed')
    return send(
      reply,
      new Refused(500, { code: 'server.failed', message: 'Something went wrong in the server. Its log says what.' }),
    )
  })

  addRoutes(app, context, announcer, options)
  addStream(app, context)
  addOperations(app, context, options.metricsToken)
  const document = openApiDocument(context.version)
  app.get('/api/v1/openapi.json', async () => document)
  await serveConsole(app, options.consoleDirectory)
  return app
}

/** The browser saves it under its name; nothing in it is shown as a page. */
function sendFile(reply: FastifyReply, { type, name, pieces }: MadeFile): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .header('content-type', type)
    .header('content-disposition', `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}"`)
    .send(Readable.from(pieces, { objectMode: true, highWaterMark: 2 }).pipe(new PassThrough()))
}

function untilGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}

function addRoutes(app: FastifyInstance, context: Context, announcer: Announcer, options: AppOptions): void {
  const handlers = createHandlers(context, announcer)
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    app.route({
      method: route.method,
      url: route.path,
      handler: async (request, reply) => {
        const answer = await answerRoute(name, route, request, reply)
        if (answer instanceof Refused) return send(reply, answer)
        if (answer instanceof MadeFile) return sendFile(reply, answer)
        return reply.header('cache-control', 'no-store').send(answer)
      },
    })
  }

  async function answerRoute(name: RouteName, route: Route, request: FastifyRequest, reply: FastifyReply) {
    const caller = identify(context, request)
    if (caller instanceof Refused) return caller
    const fresh = caller?.by === 'session' ? caller.freshToken : null
    if (fresh !== null) setToken(reply, fresh)
    const barred = bar(context, route, request, caller)
    if (barred) return barred
    const query = parse(route.query, request.query, 'query')
    if (query instanceof Refused) return query
    const body = parse(route.body, request.body, 'body')
    if (body instanceof Refused) return body
    const handler = handlers[name] as (call: unknown) => Promise<unknown>
    const { id = '' } = request.params as { id?: string }
    const scope = caller?.scope ?? null
    const detail: Record<string, unknown> = {}
    const call = {
      query,
      body,
      id,
      session: caller,
      scope,
      address: request.ip,
      browser: request.headers['user-agent'] ?? '',
      host: request.hostname,
      signal: untilGone(reply),
      addDetail: (more: Record<string, unknown>) => Object.assign(detail, more),
      setToken: (token: string | null) => setToken(reply, token),
      browserToken: request.cookies[browserCookieName],
      setBrowserToken: (token: string) => setBrowserToken(reply, token),
    }
    const answer = (await hidden(context, route, id, scope)) ?? (await handler(call))
    // Guesses beyond the limit are not written down one by one: they would fill the disk.
    const throttled = answer instanceof Refused && answer.status === 429
    if (throttled && name === 'signIn') context.throttledTries.note(request.ip)
    if ((route.method !== 'GET' || route.download) && !throttled) {
      const told = route.download ? (query as Record<string, unknown>) : withoutSecrets(body)
      audit(name, request, caller, id, { ...told, ...detail }, answer)
    }
    return answer
  }

  function setToken(reply: FastifyReply, token: string | null): void {
    const cookieOptions = { path: '/', httpOnly: true, sameSite: 'strict' as const, secure: options.tls !== null }
    if (token === null) reply.clearCookie(cookieName, cookieOptions)
    else reply.setCookie(cookieName, token, cookieOptions)
  }

  function setBrowserToken(reply: FastifyReply, token: string): void {
    reply.setCookie(browserCookieName, token, {
      path: routes.signIn.path,
      httpOnly: true,
      sameSite: 'strict',
      secure: options.tls !== null,
      maxAge: knownBrowserMs / 1000,
    })
  }

  /** Everything that changes something or takes something away leaves a row, also when it was refused. */
  function audit(
    name: RouteName,
    request: FastifyRequest,
    caller: SignedIn | TokenCaller | null,
    id: string,
    detail: Record<string, unknown>,
    answer: unknown,
  ) {
    const refused = answer instanceof Refused
    context.people.record({
      at: context.now(),
      actor: caller?.user.name ?? namedIn(detail) ?? 'nobody',
      address: request.ip,
      action: name,
      ...(id !== '' && { subject: id }),
      detail: {
        ...detail,
        ...(caller?.by === 'token' && { byToken: caller.title }),
        ...(refused && { refused: answer.error.code }),
      },
    })
  }
}
