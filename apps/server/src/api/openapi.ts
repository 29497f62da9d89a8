/** The table of routes → OpenAPI 3.1. */
import { apiError, type Route, routes } from '@rampart/api'
import { z } from 'zod'

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    reused: 'inline',
  })
  return rest as Record<string, unknown>
}

const json = (schema: Record<string, unknown>) => ({ content: { 'application/json': { schema } } })

/** `/alerts/:id` → `/alerts/{id}`. */
const template = (path: string) => path.replace(/:(\w+)/g, '{$1}')

function parametersOf(route: Route): Record<string, unknown>[] {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const query = route.query ? schemaOf(route.query, 'input') : {}
  const required = (query.required as string[] | undefined) ?? []
  const inQuery = Object.entries((query.properties as Record<string, { description?: string }> | undefined) ?? {}).map(
    ([name, { description, ...schema }]) => ({
      name,
      in: 'query',
      required: required.includes(name),
      ...(description !== undefined && { description }),
      schema,
    }),
  )
  return [...inPath, ...inQuery]
}

interface Refusal {
  when: string
  code: string
  message: string
  /** Whether this route can answer so. */
  of: (route: Route) => boolean
}

const hasSession = ({ role }: Route) => role !== 'public'
const changes = ({ method }: Route) => method !== 'GET'
const namesOne = ({ path }: Route) => path.includes(':id')

/** What the gate in front of every handler, and handlers of the kind, refuse with. Each code is permanent. */
const refusals: Record<number, Refusal> = {
  400: {
    when: 'The request is not what the route takes, or comes with a token and a cookie at once.',
    code: 'request.invalid',
    message: 'query.limit: Too big: expected number to be <=500',
    of: () => true,
  },
  401: {
    when: 'Nobody is signed in, or the token is wrong, expired or revoked.',
    code: 'session.missing',
    message: 'Sign in first.',
    of: (route) => hasSession(route) || route.path.endsWith('/session'),
  },
  403: {
    when: 'The role is too low, the token of the session is missing, or another site sent the request.',
    code: 'session.not-allowed',
    message: 'This needs the role administrator.',
    of: (route) => hasSession(route) || changes(route),
  },
  404: {
    when: 'There is none with this id, or the caller may not see it.',
    code: 'request.not-found',
    message: 'There is no such alert.',
    of: namesOne,
  },
  409: {
    when: 'It changed meanwhile, or does not fit the state that it is in.',
    code: 'alert.changed',
    message: 'Somebody was first. Look again.',
    of: changes,
  },
  429: {
    when: 'Too many requests from this address.',
    code: 'request.too-many',
    message: 'Too many requests. Wait a minute.',
    of: () => true,
  },
  503: {
    when: 'The server cannot do it now: its disk is full, or a part of it is busy.',
    code: 'state.disk-full',
    message: 'The disk of the server is full: nothing can be changed until some space is free.',
    of: (route) => changes(route) || route.path.startsWith('/api/v1/events'),
  },
}

function refusalsOf(route: Route): Record<string, unknown> {
  const possible = Object.entries(refusals).filter(([, refusal]) => refusal.of(route))
  return Object.fromEntries(
    possible.map(([status, { when, code, message }]) => [
      status,
      {
        description: `${when} E.g. \`${code}\`.`,
        content: {
          'application/json': { schema: { $ref: '#/components/schemas/Error' }, example: { code, message } },
        },
      },
    ]),
  )
}

/** `/api/v1/alerts/:id` → `alerts`: one tag per collection. */
const tagOf = (route: Route) => route.path.split('/')[3] ?? 'api'

function operationOf(name: string, route: Route): Record<string, unknown> {
  const parameters = parametersOf(route)
  return {
    operationId: name,
    tags: [tagOf(route)],
    summary: route.summary,
    description: `Least role: ${route.role}.`,
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: { required: true, ...json(schemaOf(route.body, 'input')) } }),
    responses: {
      200: route.download
        ? {
            description: 'The file.',
            content: { 'application/octet-stream': { schema: schemaOf(route.response, 'output') } },
          }
        : { description: 'Done.', ...json(schemaOf(route.response, 'output')) },
      ...refusalsOf(route),
      default: { description: 'Refused.', ...json({ $ref: '#/components/schemas/Error' }) },
    },
    security:
      route.role === 'public'
        ? []
        : [changes(route) ? { session: [], csrf: [] } : { session: [] }, ...(route.personal ? [] : [{ token: [] }])],
  }
}

/** The whole document. Deterministic. */
export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [name, route] of Object.entries<Route>(routes)) {
    const path = template(route.path)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Rampart', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    tags: [...new Set(Object.values<Route>(routes).map(tagOf))].sort().map((name) => ({ name })),
    paths,
    components: {
      schemas: { Error: schemaOf(apiError, 'output') },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'rampart_session' },
        csrf: { type: 'apiKey', in: 'header', name: 'x-rampart-csrf' },
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API token of the account; never together with the cookie.',
        },
      },
    },
  }
}
