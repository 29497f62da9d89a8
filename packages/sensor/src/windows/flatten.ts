/** The nested JSON of a Windows event (as EVTX tools write it) → fields, flat, under the names that Sigma rules use. */
import { addField, mergeData } from './evtx/fields.ts'

type Row = Record<string, unknown>
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)
const maxDepth = 16

/** Flattens `Event.System`, `EventData`, `UserData`: attributes of System become `Element_Attribute`. */
export function flattenEvent(event: Row): Row {
  const fields: Row = {}
  if (isRow(event.System)) for (const [name, part] of Object.entries(event.System)) addSystemPart(fields, name, part)
  const data: Row = {}
  for (const [section, value] of Object.entries(event)) {
    if (section === 'System' || section.startsWith('#') || section.startsWith('@') || section === 'xmlns') continue
    addData(data, section, value, 0)
  }
  return mergeData(fields, data)
}

function addSystemPart(fields: Row, name: string, part: unknown): void {
  if (!isRow(part)) {
    addField(fields, name, part)
    return
  }
  const attributes = isRow(part['#attributes']) ? part['#attributes'] : part
  // evtx_dump and Chainsaw may put attributes beside the element: `TimeCreated_attributes`
  const element = name.replace(/_attributes$/, '')
  for (const [attribute, value] of Object.entries(attributes))
    if (attribute !== '#text') addField(fields, `${element}_${attribute.replace(/^@/, '')}`, value)
  addField(fields, name, part['#text'])
}

function addData(fields: Row, name: string, value: unknown, depth: number): void {
  if (depth > maxDepth) return
  if (Array.isArray(value)) {
    for (const one of value) addData(fields, name, one, depth)
    return
  }
  if (!isRow(value)) {
    const text = value ?? ''
    if (depth === 0 && text === '') return
    addField(fields, name, text)
    if (name.includes(' ')) addField(fields, name.replaceAll(' ', ''), text)
    return
  }
  // `{"@Name": "X", "#text": "v"}` is how XML converters write `<Data Name="X">v</Data>`.
  const attributes = isRow(value['#attributes']) ? value['#attributes'] : value
  const named = attributes['@Name'] ?? (isRow(value['#attributes']) ? attributes.Name : undefined)
  if ('#text' in value) {
    addData(fields, typeof named === 'string' ? named : name, value['#text'], depth + 1)
    return
  }
  for (const [inner, part] of Object.entries(value))
    if (!inner.startsWith('#') && !inner.startsWith('@') && inner !== 'xmlns') addData(fields, inner, part, depth + 1)
}
