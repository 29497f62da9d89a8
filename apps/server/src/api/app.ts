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
import type { z } from 'zod'
import type { Announcer } from '../announcer.ts'
import type { Context } from '../context.ts'
import type { KeyPair } from '../ingest/authority.ts'
import { type AssetScope, isVisible, scopeKey } from './asset-scope.ts'
import { listBanners } from './asset-view.ts'
import { serveConsole } from './console-files.ts'
import { addDownload } from './download.ts'
import { createHandlers } from './handlers.ts'
import { isHostAllowed } from './host-check.ts'
import { MadeFile } from './made-file.ts'
import { openApiDocument } from './openapi.ts'
import { addOperations } from './operations.ts'
import { Refused, send } from './refused.ts'
import { mayDo, type SignedIn, scopeOf } from './sessions.ts'
import { toSummary } from './summary-view.ts'

export interface AppOptions {
  /** Null for plain HTTP, which only loopback gets. */
  tls: KeyPair | null
  /** Names under which the console may be called, besides IP addresses and localhost. */
  names: readonly string[]
  /** Folder of the built console, or null. */
  consoleDirectory: string | null
  /** Needed for /metrics from elsewhere than this machine; null refuses it there. */
  metricsToken: string | null
}

const bodyMax = 1024 * 1024
const cookieName = 'rampart_session'
/** Routes open to somebody who still has to choose a password. */
const beforePasswordChange: readonly RouteName[] = ['getSession', 'changePassword', 'signOut']

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
    max: 1200,
    timeWindow: 60_000,
    cache: 10_000,
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
  addDownload(app, context, cookieName, send)
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
    .header('content-disposition', `attachment; filename="${name}"`)
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
    const session = context.sessions.find(request.cookies[cookieName])
    const barred = bar(name, route, request, session)
    if (barred) return barred
    const query = parse(route.query, request.query, 'query')
    if (query instanceof Refused) return query
    const body = parse(route.body, request.body, 'body')
    if (body instanceof Refused) return body
    const handler = handlers[name] as (call: unknown) => Promise<unknown>
    const { id = '' } = request.params as { id?: string }
    const scope = scopeOf(session)
    const detail: Record<string, unknown> = {}
    const call = {
      query,
      body,
      id,
      session,
      scope,
      address: request.ip,
      host: request.hostname,
      signal: untilGone(reply),
      addDetail: (more: Record<string, unknown>) => Object.assign(detail, more),
      setToken: (token: string | null) => setToken(reply, token),
    }
    const answer = (await hidden(context, route, id, scope)) ?? (await handler(call))
    // Guesses beyond the limit are not written down one by one: they would fill the disk.
    const throttled = answer instanceof Refused && answer.status === 429
    if ((route.method !== 'GET' || route.download) && !throttled)
      audit(name, request, session, id, { ...withoutSecrets(body), ...detail }, answer)
    return answer
  }

  function setToken(reply: FastifyReply, token: string | null): void {
    const cookieOptions = { path: '/', httpOnly: true, sameSite: 'strict' as const, secure: options.tls !== null }
    if (token === null) reply.clearCookie(cookieName, cookieOptions)
    else reply.setCookie(cookieName, token, cookieOptions)
  }

  /** Everything that changes something leaves a row, also when it was refused. */
  function audit(
    name: RouteName,
    request: FastifyRequest,
    session: SignedIn | null,
    id: string,
    detail: Record<string, unknown>,
    answer: unknown,
  ) {
    const refused = answer instanceof Refused
    context.people.record({
      at: context.now(),
      actor: session?.user.name ?? namedIn(detail) ?? 'nobody',
      address: request.ip,
      action: name,
      ...(id !== '' && { subject: id }),
      detail: { ...detail, ...(refused && { refused: answer.error.code }) },
    })
  }
}

/** Why a call may not go on, or null. */
function bar(name: RouteName, route: Route, request: FastifyRequest, session: SignedIn | null): Refused | null {
  const site = request.headers['sec-fetch-site']
  if (route.method !== 'GET' && site !== undefined && site !== 'same-origin' && site !== 'none')
    return new Refused(403, { code: 'request.cross-site', message: 'Another site sent this request.' })
  if (route.role === 'public') return null
  if (!session) return new Refused(401, { code: 'session.missing', message: 'Sign in first.' })
  if (route.method !== 'GET' && request.headers['x-rampart-csrf'] !== session.csrfToken)
    return new Refused(403, {
      code: 'request.csrf',
      message: 'The request lacks the token of this session. Reload the page.',
    })
  if (session.user.mustChange && !beforePasswordChange.includes(name))
    return new Refused(403, {
      code: 'session.password-change-required',
      message: 'Choose a password of your own first.',
    })
  if (!mayDo(session.user.role, route.role))
    return new Refused(403, { code: 'session.not-allowed', message: `This needs the role ${route.role}.` })
  return null
}

/** Refuses what `:id` names when the caller may not see it, in the words for what does not exist. */
async function hidden(context: Context, route: Route, id: string, scope: AssetScope): Promise<Refused | null> {
  if (scope === null || (route.scope !== 'alert' && route.scope !== 'asset')) return null
  const asset = route.scope === 'alert' ? (await context.alerts.get(id))?.asset : await context.alerts.asset(id)
  return asset && isVisible(scope, asset) ? null : Refused.notFound(route.scope)
}

function parse(schema: z.ZodType | undefined, value: unknown, part: 'query' | 'body'): unknown {
  if (!schema) return undefined
  const parsed = schema.safeParse(value ?? {})
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = [part, ...(issue?.path ?? [])].join('.')
  return new Refused(400, { code: 'request.invalid', message: `${path}: ${issue?.message ?? 'invalid'}`, path })
}

const namedIn = ({ username }: Record<string, unknown>) => (typeof username === 'string' ? username : undefined)

const listMax = 20
const secrets = ['password', 'current', 'next', 'token', 'secrets']

function withoutSecrets(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null) return {}
  return Object.fromEntries(
    Object.entries(body)
      .filter(([key]) => !secrets.includes(key))
      .map(([key, value]) => [key, shortened(value)]),
  )
}

/** Of a long list its beginning and its length: the trail says what was done, the batch itself keeps the rest. */
function shortened(value: unknown): unknown {
  return Array.isArray(value) && value.length > listMax
    ? { first: value.slice(0, listMax), length: value.length }
    : value
}

function addStream(app: FastifyInstance, context: Context): void {
  app.get('/api/v1/stream', async (request, reply) => {
    const token = request.cookies[cookieName]
    const session = context.sessions.find(token)
    if (!session || session.user.mustChange)
      return send(reply, new Refused(401, { code: 'session.missing', message: 'Sign in first.' }))
    const lastEventId = request.headers['last-event-id']
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value)
    const scope = scopeOf(session)
    // Who is bound to other groups since gets a new stream, with what may be seen now.
    const isSignedIn = () => {
      const now = context.sessions.find(token, false)
      return now !== null && scopeKey(scopeOf(now)) === scopeKey(scope)
    }
    const client = { response: reply.raw, scope, isSignedIn }
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
