/** The description of the API: held against OpenAPI's own schema, every reference and example in it, and what the routes say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiError, codesOf, exampleBodies, type Route, refusals, routes } from '@rampart/api'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { apiDocument as document, placeOf, schemaFaults } from '../testing/api-document.ts'

const operations = Object.values(document.paths).flatMap((path) => Object.values(path))

test('it is a valid OpenAPI 3.1 document', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document) as never)
  assert.ok(valid, JSON.stringify(errors ?? []).slice(0, 2000))
  // The validator is one that finds faults.
  const broken = structuredClone(document) as { paths: Record<string, unknown> }
  broken.paths['/api/v1/alerts'] = { get: { responses: { 200: { content: {} } } } }
  assert.equal((await new Validator().validate(broken as never)).valid, false)
})

test('every schema in it is JSON Schema 2020-12, and every reference leads somewhere', () => {
  const text = JSON.stringify(document)
  const names = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference ?? ''))
  assert.ok(names.size > 20)
  for (const reference of names) {
    const [, name = ''] = /^#\/components\/schemas\/(\w+)$/.exec(reference) ?? []
    assert.ok(document.components.schemas[name], `${reference} leads nowhere`)
  }
  for (const name of Object.keys(document.components.schemas))
    assert.ok(text.includes(`"#/components/schemas/${name}"`), `${name} is used nowhere`)
  const dialect = new Ajv2020({ strict: false })
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    assert.ok(dialect.validateSchema(schema), `${name}: ${dialect.errorsText()}`)
    schemaFaults(['components', 'schemas', name], null)
  }
})

test('every route of the table is there, with a tag, and with every code that it refuses with', () => {
  assert.deepEqual(operations.map(({ operationId }) => operationId).sort(), [...Object.keys(routes), 'stream'].sort())
  const tags = document.tags.map(({ name }) => name)
  for (const { operationId, tags: own, responses } of operations) {
    assert.ok(own.length === 1 && tags.includes(own[0] ?? ''), operationId)
    if (operationId === 'stream') continue
    const route: Route = routes[operationId]
    const listed = new Set<string>()
    for (const [status, { description, content }] of Object.entries(responses)) {
      assert.ok(description.length > 0, `${operationId} ${status}`)
      for (const [code, { value }] of Object.entries(content?.['application/json']?.examples ?? {})) {
        listed.add(code)
        assert.ok(apiError.safeParse(value).data?.code === code, `${operationId} ${status} ${code}`)
        assert.ok((refusals[code as keyof typeof refusals].statuses as readonly number[]).includes(Number(status)))
      }
    }
    assert.deepEqual([...listed].sort(), codesOf(route).sort(), operationId)
    assert.equal(
      '404' in responses,
      codesOf(route).some((code) => refusals[code].statuses[0] === 404),
      operationId,
    )
    if (route.role !== 'public') assert.ok(responses['401'] && responses['403'], operationId)
  }
})

test('every body has an example that fits it', () => {
  for (const { operationId, requestBody } of operations) {
    const body = requestBody?.content?.['application/json']
    assert.equal(body !== undefined, operationId in exampleBodies, operationId)
    if (!body) continue
    const name = operationId as keyof typeof exampleBodies
    assert.deepEqual(body.example, exampleBodies[name])
    assert.ok(routes[name].body.safeParse(body.example).success, name)
    const place = [...placeOf(name), 'requestBody', 'content', 'application/json', 'schema']
    assert.deepEqual(schemaFaults(place, body.example), [], name)
  }
})
