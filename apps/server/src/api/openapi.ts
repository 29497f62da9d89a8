/** The table of routes → OpenAPI 3.1. */
import {
  apiError,
  codesOf,
  exampleBodies,
  exampleQueries,
  type RefusalCode,
  type Route,
  type RouteName,
  refusals,
  routes,
  streamMessages,
} from '@rampart/api'
import { SchemaCollection } from './openapi-schemas.ts'

type Json = Record<string, unknown>

const json = (schema: Json, more: Json = {}) => ({ content: { 'application/json': { schema, ...more } } })
const error = { $ref: '#/components/schemas/Error' }

/** `/alerts/:id` → `/alerts/{id}`. */
const template = (path: string) => path.replace(/:(\w+)/g, '{$1}')

const changes = ({ method }: Route) => method !== 'GET'

function parametersOf(name: RouteName, route: Route, schemas: SchemaCollection): Json[] {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, parameter]) => ({
    name: parameter,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const query = route.query ? schemas.of(route.query, 'input') : {}
  const required = (query.required as string[] | undefined) ?? []
  const examples = new URLSearchParams(exampleQueries[name] ?? '')
  const inQuery = Object.entries((query.properties as Record<string, { description?: string }> | undefined) ?? {}).map(
    ([parameter, { description, ...schema }]) => ({
      name: parameter,
      in: 'query',
      required: required.includes(parameter),
      ...(description !== undefined && { description }),
      schema,
      ...(examples.has(parameter) && { example: examples.get(parameter) }),
    }),
  )
  return [...inPath, ...inQuery]
}

/** By status: which codes the route refuses with, when, and an example of each. */
function refusalsOf(route: Route): Json {
  const byStatus = new Map<number, RefusalCode[]>()
  for (const code of codesOf(route))
    for (const status of refusals[code].statuses) byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  return Object.fromEntries(
    [...byStatus]
      .sort(([one], [other]) => one - other)
      .map(([status, codes]) => [
        String(status),
        {
          description: codes.map((code) => `\`${code}\`: ${refusals[code].when}`).join('\n\n'),
          ...json(
            { allOf: [error, { properties: { code: { enum: codes } } }] },
            {
              examples: Object.fromEntries(
                codes.map((code) => [code, { value: { code, message: refusals[code].message } }]),
              ),
            },
          ),
        },
      ]),
  )
}

/** `/api/v1/alerts/:id` → `alerts`: one tag per collection. */
const tagOf = (route: Route) => route.path.split('/')[3] ?? 'api'

const scopes: Record<Route['scope'], string> = {
  none: '',
  visible: ' Only what lies in the asset groups of the caller is told.',
  alert: ' An alert outside the asset groups of the caller does not exist.',
  asset: ' An asset outside the asset groups of the caller does not exist.',
}

function operationOf(name: RouteName, route: Route, schemas: SchemaCollection): Json {
  const parameters = parametersOf(name, route, schemas)
  const example = (exampleBodies as Partial<Record<RouteName, unknown>>)[name]
  return {
    operationId: name,
    tags: [tagOf(route)],
    summary: route.summary,
    description: `${route.role === 'public' ? 'Needs no session.' : `Least role: ${route.role}.`}${scopes[route.scope]}${route.personal ? ' Not for API tokens.' : ''}`,
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: { required: true, ...json(schemas.of(route.body, 'input'), { example }) } }),
    responses: {
      200: route.download
        ? { description: 'The file.', content: { 'application/octet-stream': { schema: { type: 'string' } } } }
        : { description: 'Done.', ...json(schemas.of(route.response, 'output')) },
      ...refusalsOf(route),
      default: { description: 'Refused.', ...json(error) },
    },
    security:
      route.role === 'public'
        ? []
        : [changes(route) ? { session: [], csrf: [] } : { session: [] }, ...(route.personal ? [] : [{ token: [] }])],
  }
}

/** The live stream is no route of the table: it never ends. */
function streamOf(schemas: SchemaCollection): Json {
  const events = Object.entries(streamMessages).map(([name, schema]) => [name, schemas.of(schema, 'output')])
  return {
    operationId: 'stream',
    tags: ['stream'],
    summary: 'Live updates as server-sent events',
    description:
      'Least role: viewer. For browsers: a session cookie, no API token. `event:` is a name of `x-events`, `data:` JSON of its schema. `Last-Event-ID` brings what was missed.',
    parameters: [{ name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } }],
    responses: {
      200: { description: 'The stream.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
      default: { description: 'Refused.', ...json(error) },
    },
    security: [{ session: [] }],
    'x-events': Object.fromEntries(events),
  }
}

/** The whole document. Deterministic. */
export function openApiDocument(version: string): Json {
  const schemas = new SchemaCollection()
  schemas.of(apiError, 'output')
  const paths: Record<string, Json> = {}
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const path = template(route.path)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route, schemas) }
  }
  paths['/api/v1/stream'] = { get: streamOf(schemas) }
  const tags = new Set([...Object.values<Route>(routes).map(tagOf), 'stream'])
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rampart',
      version,
      description:
        'Everything that the console does. Programs send `Authorization: Bearer` with an API token, made under Settings > My account; a token never does more than its user.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...tags].sort().map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.all(),
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
