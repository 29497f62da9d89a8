/** The description of the API that the server gives: what the reference in the settings is made of. */
import { queryOptions } from '@tanstack/react-query'
import { readDocument } from './client.ts'

export interface Schema {
  type?: string | readonly string[]
  enum?: readonly unknown[]
  const?: unknown
  anyOf?: readonly Schema[]
  items?: Schema
  properties?: Readonly<Record<string, Schema>>
  required?: readonly string[]
  description?: string
  $ref?: string
}

interface Content {
  content?: Readonly<
    Record<string, { schema: Schema; example?: unknown; examples?: Record<string, { value: unknown }> }>
  >
}

export interface Operation {
  operationId: string
  tags: readonly string[]
  summary: string
  description: string
  parameters?: readonly { name: string; in: string; required: boolean; description?: string; schema: Schema }[]
  requestBody?: Content
  responses: Readonly<Record<string, Content & { description: string }>>
}

export interface ApiDescription {
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  components: { schemas: Readonly<Record<string, Schema>> }
}

export const apiDescriptionPath = '/api/v1/openapi.json'

export const apiDescriptionQuery = queryOptions({
  queryKey: ['api-description'],
  queryFn: ({ signal }) => readDocument<ApiDescription>(apiDescriptionPath, signal),
  staleTime: Number.POSITIVE_INFINITY,
})
