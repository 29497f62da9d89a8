// A slow, obvious Sigma: plain rule data and a record in, true or false out. Written from the specification, apart from
// the compiler; it expands what the compiler keeps compact, and uses the platform where the compiler has its own code.
import { BlockList, isIP } from 'node:net'

export type Value = string | number | boolean | null
export type FieldMap = Record<string, Value | Value[]>
export type Selection = FieldMap | (FieldMap | Value)[] | string
export interface PlainRule {
  selections: Record<string, Selection>
  /** Several are linked by OR. */
  condition: string | string[]
}
export type Plain = Record<string, unknown>

/** Told of each field with its modifiers, and whether it held. */
export type Note = (key: string, held: boolean) => void

let note: Note = () => undefined
let values: Readonly<Record<string, readonly string[]>> = {}

/** Whether the rule holds for the record. */
export function referenceHolds(
  rule: PlainRule,
  record: Plain,
  placeholders: Readonly<Record<string, readonly string[]>> = {},
  noteItem: Note = () => undefined,
): boolean {
  note = noteItem
  values = placeholders
  const truth: Record<string, boolean> = {}
  for (const [name, selection] of Object.entries(rule.selections)) truth[name] = selectionHolds(selection, record)
  return [rule.condition].flat().some((condition) => conditionHolds(condition, truth))
}

/** The condition becomes a JavaScript expression over the truth of its names. */
function conditionHolds(condition: string, truth: Record<string, boolean>): boolean {
  const names = Object.keys(truth)
  const source = condition.replace(
    /\b(\d|all|any) of (\S+?)(?=[\s)]|$)/gi,
    (_all, quantity: string, pattern: string) => {
      const chosen = names.filter((name) =>
        pattern === 'them' ? !name.startsWith('_') : new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name),
      )
      if (/^[2-9]$/.test(quantity)) return `(${chosen.map((name) => `+${truth[name]}`).join('')}>=${quantity})`
      return `(${chosen.join(quantity.toLowerCase() === 'all' ? ' and ' : ' or ')})`
    },
  )
  const script = source.replace(/[a-z_][a-z0-9_]*/gi, (word) => {
    if (/^and$/i.test(word)) return '&&'
    if (/^or$/i.test(word)) return '||'
    return /^not$/i.test(word) ? '!' : /^(?:true|false)$/.test(word) ? word : String(truth[word])
  })
  return new Function(`return ${script}`)() as boolean
}

function selectionHolds(selection: Selection, record: Plain): boolean {
  if (typeof selection === 'string') return itemHolds('', selection, record)
  if (Array.isArray(selection))
    return selection.some((part) =>
      typeof part === 'object' && part !== null ? mapHolds(part, record) : itemHolds('', part, record),
    )
  return mapHolds(selection, record)
}

function mapHolds(map: FieldMap, record: Plain): boolean {
  return Object.entries(map).every(([key, value]) => itemHolds(key, value, record))
}

function itemHolds(key: string, value: Value | Value[], record: Plain): boolean {
  const given = [value]
  const [field = '', ...modifiers] = key.split('|')
  const results = given.flat().map((value) => oneHolds(field, modifiers, value, record))
  const one = modifiers.includes('all') ? results.every(Boolean) : results.some(Boolean)
  const result = modifiers.includes('neq') ? !one : one
  note(key, result)
  return result
}

/** Values of a field; undefined when the record does not have it. */
function lookUp(record: unknown, name: string): unknown {
  if (typeof record !== 'object' || record === null) return undefined
  if (Array.isArray(record)) {
    const all = record.flatMap((each) => lookUp(each, name))
    const found = all.filter((each) => each !== undefined)
    return found.length > 0 ? found : undefined
  }
  const plain = record as Plain
  if (Object.hasOwn(plain, name) && plain[name] !== undefined) return plain[name]
  const dot = name.indexOf('.')
  if (dot < 0) return undefined
  return lookUp(plain[name.slice(0, dot)], name.slice(dot + 1))
}

function allValues(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(allValues)
  return [value]
}

function scalars(value: unknown): unknown[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(scalars)
  return [value]
}

function oneHolds(field: string, modifiers: string[], value: Value, record: Plain): boolean {
  const seen = field === '' ? undefined : lookUp(record, field)
  const candidates = field === '' ? scalars(record) : allValues(seen)
  const has = (name: string): boolean => modifiers.includes(name)
  if (has('exists')) return (seen !== undefined) === value
  if (value === null) return candidates.every((each) => each === undefined || each === null)
  const texts = candidates
    .filter((each) => each !== undefined && each !== null)
    .map((each) => (typeof each === 'object' ? JSON.stringify(each) : String(each)))
  if (has('cidr')) return texts.some((text) => inCidr(String(value), text))
  const part = ['minute', 'hour', 'day', 'week', 'month', 'year'].find(has)
  if (part) {
    const numbers = candidates.map((each) => partOf(part, each)).filter((each) => each !== undefined)
    const operator = ['lt', 'lte', 'gt', 'gte'].find(has)
    return numbers.some((each) => (operator ? compare(operator, String(each), Number(value)) : each === Number(value)))
  }
  for (const operator of ['lt', 'lte', 'gt', 'gte'])
    if (has(operator)) return texts.some((text) => compare(operator, text, Number(value)))
  if (has('re')) {
    const flags = ['i', 'm', 's'].filter(has).join('')
    const found = (text: string): boolean => new RegExp(String(value), `${flags}u`).test(text)
    // the expression at the start or the end of the whole value: without m, anchors mean that
    const anchored = has('startswith') ? `^(?:${value})` : has('endswith') ? `(?:${value})$` : undefined
    return texts.some((text) => (anchored ? new RegExp(anchored, 'u').test(text) : found(text)))
  }
  if (has('fieldref')) {
    const others = allValues(lookUp(record, String(value))).filter((each) => each !== undefined && each !== null)
    const caseless = (text: string): string => (has('cased') ? text : lower(text))
    return texts.some((text) =>
      others.some((each) => {
        const one = caseless(text)
        const two = caseless(typeof each === 'object' ? JSON.stringify(each) : String(each))
        if (has('contains')) return one.indexOf(two) >= 0
        if (has('startswith')) return one.slice(0, two.length) === two
        return has('endswith') ? one.slice(Math.max(0, one.length - two.length)) === two : one === two
      }),
    )
  }
  const patterns = expand(String(value), modifiers).map((text) => toRegExp(text, modifiers, field === ''))
  return texts.some((text) => patterns.some((pattern) => pattern.test(has('cased') ? text : lower(text))))
}

const lower = (text: string): string => text.toLowerCase().replaceAll('ς', 'σ')

/** Every text that the encoding modifiers make of a value. */
function expand(value: string, modifiers: string[]): string[] {
  let texts = [value]
  let bytes: Buffer | undefined
  for (const modifier of modifiers) {
    if (modifier === 'windash') texts = texts.flatMap(dashVariants)
    if (modifier === 'expand') texts = texts.flatMap(expandPlaceholders)
    if (modifier === 'wide' || modifier === 'utf16le') bytes = Buffer.from(value, 'utf16le')
    if (modifier === 'utf16be') bytes = Buffer.from(value, 'utf16le').swap16()
    if (modifier === 'utf16') bytes = Buffer.concat([Buffer.from([255, 254]), Buffer.from(value, 'utf16le')])
    if (modifier === 'base64') texts = [escapeWild((bytes ?? Buffer.from(value)).toString('base64'))]
    if (modifier === 'base64offset')
      texts = [0, 1, 2].map((offset) => {
        // what stays the same whatever bytes stand before and after
        const source = bytes ?? Buffer.from(value)
        const variants = ['a', 'z', '\u007f'].flatMap((before) =>
          ['', 'a', '\u0000\u0000', 'zz'].map((after) =>
            Buffer.concat([Buffer.from(before.repeat(offset)), source, Buffer.from(after)]).toString('base64'),
          ),
        )
        const start = [0, 2, 3][offset] ?? 0
        const length = Math.floor(((offset + source.length) * 8) / 6) - start
        return (variants[0] ?? '').slice(start, start + length)
      })
  }
  return texts
}

function expandPlaceholders(text: string): string[] {
  const found = /(?<!\\)%(\w+)%/.exec(text)
  if (!found) return [text.replaceAll('\\%', '%')]
  const [whole, name = ''] = found
  const before = text.slice(0, found.index).replaceAll('\\%', '%')
  const after = expandPlaceholders(text.slice(found.index + whole.length))
  return (values[name] ?? []).flatMap((value) => after.map((each) => before + value + each))
}

/** A part of the date that the value is, by the platform's own calendar. */
function partOf(part: string, value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\d{9,14}$/.test(value))
  const digits = Number(value)
  const written = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)/.exec(String(value))
  if (!isNumber && !written) return undefined
  const date = new Date(
    isNumber ? (Math.abs(digits) < 1e11 ? digits * 1000 : digits) : `${written?.[1]}T${written?.[2]}Z`,
  )
  if (part === 'minute') return date.getUTCMinutes()
  if (part === 'hour') return date.getUTCHours()
  if (part === 'day') return date.getUTCDate()
  if (part === 'month') return date.getUTCMonth() + 1
  if (part === 'year') return date.getUTCFullYear()
  // the week is that of its Thursday, counted in the Thursday's year
  while (date.getUTCDay() !== 4)
    date.setTime(date.getTime() + (date.getUTCDay() > 4 || date.getUTCDay() === 0 ? -1 : 1) * 86_400_000)
  let week = 1
  for (const day = new Date(date); day.getUTCFullYear() === date.getUTCFullYear(); week++)
    day.setTime(day.getTime() - 7 * 86_400_000)
  return week - 1
}

const escapeWild = (text: string): string => text.replace(/[*?\\]/g, '\\$&')

function dashVariants(text: string): string[] {
  const found = /(?<![\p{L}\p{N}_])[-/–—―](?=[\p{L}\p{N}_])/gu
  const places = [...text.matchAll(found)].map((match) => match.index)
  let variants = [text]
  for (const place of places)
    variants = variants.flatMap((variant) =>
      ['-', '/', '–', '—', '―'].map((dash) => variant.slice(0, place) + dash + variant.slice(place + 1)),
    )
  return variants
}

function toRegExp(value: string, modifiers: string[], isKeyword: boolean): RegExp {
  const source = value.replace(/\\[*?\\]|[*?]|[\s\S]/gu, (piece) => {
    if (piece === '*') return '[\\s\\S]*'
    if (piece === '?') return '[\\s\\S]'
    const plain = piece.length === 2 && piece.startsWith('\\') ? piece.slice(1) : piece
    return (modifiers.includes('cased') ? plain : lower(plain)).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  })
  const contains = isKeyword || modifiers.includes('contains')
  const before = contains || modifiers.includes('endswith') ? '[\\s\\S]*' : ''
  const after = contains || modifiers.includes('startswith') ? '[\\s\\S]*' : ''
  return new RegExp(`^${before}${source}${after}$`, 'u')
}

function inCidr(network: string, text: string): boolean {
  const [address = '', bits] = network.split('/')
  const list = new BlockList()
  list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  const family = isIP(text)
  return family === isIP(address) && list.check(text, family === 6 ? 'ipv6' : 'ipv4')
}

function compare(operator: string, text: string, bound: number): boolean {
  if (text.trim() === '' || !/^[\s\d.+e-]+$/i.test(text)) return false
  const number = Number(text)
  if (Number.isNaN(number)) return false
  if (operator === 'lt') return number < bound
  if (operator === 'lte') return number <= bound
  return operator === 'gt' ? number > bound : number >= bound
}
