/** The schema of events → which lines surely are whole, valid events, so that decoding them would give the same event. */
import type { LineDetector } from '@rampart/detection'
import { type EventShape, eventShapes } from '@rampart/event/event-shapes'
import type { ExpectedField, LineShape } from '@rampart/sigma'

type Fields = Map<string, ExpectedField>

/** Everything that is said of a field must be known here; else it is not expected, and lines that have it are decoded. */
const known = new Set([
  ...['type', 'description', 'title', 'examples', 'properties', 'additionalProperties', 'required', 'items'],
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'maxItems', 'const', 'enum', 'pattern', '$schema'],
])
const kinds = { string: 'text', number: 'number', integer: 'integer', boolean: 'boolean', object: 'object' } as const

/** Fields of one event type by their dotted names; that of the record itself is empty. */
function fieldsOf(schema: EventShape): Fields {
  const fields: Fields = new Map()
  const add = (name: string, part: EventShape, isListed: boolean, maxItems?: number): void => {
    if (Object.keys(part).some((key) => !known.has(key))) return
    if (part.type === 'array') {
      if (part.items && !isListed) add(name, part.items, true, part.maxItems)
      return
    }
    const kind = kinds[part.type as keyof typeof kinds]
    if (!kind || (kind === 'object' && (part.additionalProperties !== false || !part.properties))) return
    const { minLength, maxLength, minimum, maximum, required } = part
    const least = kind === 'text' ? minLength : minimum
    const most = kind === 'text' ? maxLength : maximum
    const test = testOf(part)
    fields.set(name, {
      kind,
      isListed,
      ...(least !== undefined && { least }),
      ...(most !== undefined && { most }),
      ...(maxItems !== undefined && { maxItems }),
      ...(required && { required: required.map((each) => inside(name, each)) }),
      ...(test && { test }),
    })
    for (const [key, inner] of Object.entries(part.properties ?? {})) add(inside(name, key), inner, isListed)
  }
  add('', schema, false)
  // tests are made of single values only
  for (const [name, { isListed, test }] of fields) if (isListed && test) fields.delete(name)
  return fields
}

const inside = (name: string, key: string): string => (name === '' ? key : `${name}.${key}`)

function testOf({ const: only, enum: some, pattern }: EventShape): ((value: unknown) => boolean) | undefined {
  if (only !== undefined) return (value) => value === only
  if (some) return (value) => some.includes(value)
  if (pattern === undefined) return undefined
  const expression = new RegExp(pattern)
  return (value) => typeof value === 'string' && expression.test(value)
}

let made: { ofTypes: ReadonlyMap<string, Fields>; names: readonly string[] } | undefined

/** Made when the first such line comes: most input has none. */
function expected() {
  if (made) return made
  const ofTypes = new Map(Object.entries(eventShapes()).map(([type, shape]) => [type, fieldsOf(shape)]))
  const names = new Set([...ofTypes.values()].flatMap((fields) => [...fields.keys()]))
  names.delete('')
  made = { ofTypes, names: [...names] }
  return made
}

/** All fields that the shapes look at. */
export const shapedFields = (): readonly string[] => expected().names

/** Whether the latest line of a detector, made with `shapedFields()`, surely decodes to the event that it is. */
export function createWholeness({ matcher }: LineDetector): () => boolean {
  const shapes = new Map<string, LineShape>()
  const type = matcher.field('type')
  const [program, parent, ancestors] = ['process.program', 'process.parent', 'process.ancestors'].map((name) =>
    matcher.field(name),
  )
  const [path, name, extension] = ['file.path', 'file.name', 'file.extension'].map((each) => matcher.field(each))

  /** Whether the decoder would add nothing (see `completeEvent`). */
  function isComplete(of: string): boolean {
    if (of === 'process.started' && !program?.isThere) return false
    if (parent?.isThere !== ancestors?.isThere) return false
    if (!path?.isThere) return true
    if (!name?.isThere) return false
    if (extension?.isThere) return true
    const text = path.read()
    return typeof text === 'string' && text.slice(text.lastIndexOf('/') + 1).lastIndexOf('.') <= 0
  }

  return () => {
    const of = type.text() ?? ''
    let shape = shapes.get(of)
    if (!shape) {
      const fields = expected().ofTypes.get(of)
      if (!fields) return false
      shape = matcher.shape(fields)
      shapes.set(of, shape)
    }
    return shape.isMet() && isComplete(of)
  }
}
