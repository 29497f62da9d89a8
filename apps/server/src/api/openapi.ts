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

function operationOf(name: string, route: Route): Record<string, unknown> {
  const changes = route.method !== 'GET'
  const parameters = parametersOf(route)
  return {
    operationId: name,
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
      default: { description: 'Refused.', ...json({ $ref: '#/components/schemas/Error' }) },
    },
    security:
      route.role === 'public'
        ? []
        : [changes ? { session: [], csrf: [] } : { session: [] }, ...(route.personal ? [] : [{ token: [] }])],
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
