/** Real answers against the OpenAPI document: fields that it does not name, codes that it does not list. */
import type { RouteName } from '@rampart/api'
import type { ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { openApiDocument } from '../api/openapi.ts'

interface Content {
  content?: Record<string, { schema: object; example?: unknown; examples?: Record<string, { value: unknown }> }>
}

export interface Operation {
  operationId: RouteName | 'stream'
  tags: string[]
  requestBody?: Content
  responses: Record<string, Content & { description: string }>
}

export const apiDocument = openApiDocument('test') as {
  openapi: string
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Record<string, unknown>> }
}

const id = 'https://rampart.example.com/openapi.json'
const ajv = new Ajv2020({ strict: false, allErrors: true })
formats.default(ajv)
ajv.addSchema({ $id: id, ...apiDocument })
const validators = new Map<string, ValidateFunction>()

/** Faults of a value against the schema at a place of the document, e.g. `['components', 'schemas', 'Error']`. */
export function schemaFaults(place: readonly string[], value: unknown): string[] {
  const pointer = place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
  const validate = validators.get(pointer) ?? ajv.compile({ $ref: `${id}#/${pointer}` })
  validators.set(pointer, validate)
  if (validate(value)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  )
}

const places = new Map<string, readonly [path: string, method: string]>()
for (const [path, methods] of Object.entries(apiDocument.paths))
  for (const [method, { operationId }] of Object.entries(methods)) places.set(operationId, [path, method])

/** Where the operation of a route stands. */
export function placeOf(name: RouteName): readonly string[] {
  const [path, method] = places.get(name) ?? []
  if (path === undefined || method === undefined) throw new Error(`the document does not know ${name}`)
  return ['paths', path, method]
}

/** What of an answer the document does not say; empty when all of it is as described. */
export function answerFaults(name: RouteName, { status, body }: { status: number; body: unknown }): string[] {
  const [, path = '', method = ''] = placeOf(name)
  const described = apiDocument.paths[path]?.[method]?.responses[status]
  if (described === undefined) return [`the status ${status} is not in the description`]
  if (described.content?.['application/json'] === undefined) return []
  return schemaFaults([...placeOf(name), 'responses', String(status), 'content', 'application/json', 'schema'], body)
}
