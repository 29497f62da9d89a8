/** Schemas of the API → JSON Schema (2020-12) for the OpenAPI document: named ones once, under `components`, others in place. */
import { z } from 'zod'

type Json = Record<string, unknown>

const prefix = '#/components/schemas/'

/** Collects the named schemas of one document. */
export class SchemaCollection {
  readonly #named = new Map<string, Json>()

  /** A schema as it stands in the document. `input`: what a caller may send; `output`: what the server answers. */
  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const {
      $schema: _,
      $defs = {},
      ...rest
    } = z.toJSONSchema(schema, {
      target: 'draft-2020-12',
      io,
      unrepresentable: 'any',
      reused: 'inline',
      override: ({ jsonSchema }) => withoutNoise(jsonSchema),
    }) as Json & { $defs?: Record<string, Json> }
    const names = new Map(Object.keys($defs).map((name) => [name, name]))
    // A shape that is read and written can differ in what may be left out: then each has a name of its own.
    for (const [name, definition] of Object.entries($defs)) {
      const known = this.#named.get(name)
      if (known && !isSame(known, relocated(definition, names)))
        names.set(name, `${name}${io === 'input' ? 'Input' : 'Output'}`)
    }
    for (const [name, definition] of Object.entries($defs))
      this.#named.set(names.get(name) ?? name, relocated(definition, names))
    return relocated(rest, names)
  }

  /** By name, in the order of the alphabet. */
  all(): Record<string, Json> {
    return Object.fromEntries([...this.#named].sort(([one], [other]) => (one < other ? -1 : 1)))
  }
}

/** The bounds of every integer of JavaScript say nothing, and neither does the name beside the reference to it. */
function withoutNoise(schema: Json): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  delete schema.id
}

function relocated(value: Json, names: ReadonlyMap<string, string>): Json {
  const walk = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(walk)
    if (typeof one !== 'object' || one === null) return one
    return Object.fromEntries(
      Object.entries(one).map(([key, inner]) => {
        const [, name] = (key === '$ref' && typeof inner === 'string' && /^#\/\$defs\/(.+)$/.exec(inner)) || []
        return [key, name === undefined ? walk(inner) : prefix + (names.get(name) ?? name)]
      }),
    )
  }
  return walk(value) as Json
}

const isSame = (one: Json, other: Json) => JSON.stringify(one) === JSON.stringify(other)
