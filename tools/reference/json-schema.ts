/** JSON Schema → rows of a Markdown table: one row a field, nested fields with dotted names. */

export interface JsonSchema {
  type?: string | string[]
  title?: string
  description?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  enum?: unknown[]
  const?: unknown
  anyOf?: JsonSchema[]
  additionalProperties?: JsonSchema | boolean
  $ref?: string
  id?: string
}

export interface FieldRow {
  name: string
  type: string
  required: boolean
  description: string
}

/** Fields of an object schema, depth first; `stopAt` names objects that are described elsewhere. */
export function fieldRows(schema: JsonSchema, stopAt: ReadonlySet<string> = new Set(), prefix = ''): FieldRow[] {
  const rows: FieldRow[] = []
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const path = prefix + name
    rows.push({
      name: path,
      type: typeName(field),
      required: schema.required?.includes(name) ?? false,
      description: field.description ?? '',
    })
    if (stopAt.has(path)) continue
    if (field.properties) rows.push(...fieldRows(field, stopAt, `${path}.`))
    else if (field.items?.properties) rows.push(...fieldRows(field.items, stopAt, `${path}[].`))
  }
  return rows
}

export function typeName(schema: JsonSchema): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? 'object'
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' \\| ')
  if (schema.anyOf) return schema.anyOf.map(typeName).join(' \\| ')
  if (schema.type === 'array') return `list of ${schema.items ? typeName(schema.items) : 'anything'}`
  if (schema.type === 'object' && !schema.properties) return 'map'
  return Array.isArray(schema.type) ? schema.type.join(' \\| ') : (schema.type ?? 'anything')
}

export function table(rows: FieldRow[]): string {
  const body = rows.map(
    (row) =>
      `| \`${row.name}\` | ${row.type} | ${row.required ? 'yes' : ''} | ${row.description.replaceAll('|', '\\|')} |`,
  )
  return ['| field | type | always | meaning |', '|---|---|---|---|', ...body].join('\n')
}
