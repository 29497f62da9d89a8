// Rules and records made at random, small and alike, so that rules often hold.
import fc from 'fast-check'
import { stringify } from 'yaml'
import type { FieldMap, Plain, PlainRule, Selection, Value } from './reference.ts'

// few letters and fields, so that rules often hold
const letters = [
  'a',
  'b',
  'A',
  'B',
  '\\',
  '.',
  '-',
  '/',
  ' ',
  'x',
  'é',
  'É',
  'σ',
  'Σ',
  '😀',
  '1',
  '0',
  '\n',
  '"',
  '%',
  'İ',
  'ſ',
  '\u212a',
  'K',
]
const word = fc.array(fc.constantFrom(...letters), { maxLength: 6 }).map((parts) => parts.join(''))
const flag = fc.constantFrom('-a', '/b x', 'cmd -ab /x', '-', 'a-b', '–a', '\\*', '\\?', 'C:\\a\\b.exe', '\\\\b\\')
const plainText = fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: flag })
const wildText = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: plainText },
      { weight: 2, arbitrary: fc.constantFrom('*', '?', '\\*', '\\?', '\\\\') },
    ),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''))
const number = fc.constantFrom(0, 1, 2, 10, 443, -1, 1.5)
const field = fc.constantFrom('A', 'B', 'C', 'n.m', 'n.k')
const address = fc.constantFrom('192.0.2.1', '192.0.2.129', '198.51.100.7', '2001:db8::1', '2001:db8:8000::', '192.0.2')
const network = fc.constantFrom(
  '192.0.2.0/24',
  '192.0.2.128/25',
  '2001:db8::/33',
  '0.0.0.0/0',
  '198.51.100.7/32',
  '::/0',
)
const expression = fc.constantFrom(
  'a+b',
  '^a',
  'b$',
  '[ab]{2}',
  '(a|bb)x',
  '\\.',
  'a.b',
  '^$',
  'x?b',
  '\\d+',
  'A',
  '[^a]',
  's',
  'k|ab',
)
// over line breaks
const lineExpression = fc.constantFrom('^b', 'a$', 'b$', 'a.b', 'b.a', '^a$')

const encodedWords = ['a', 'ab', 'é']

const oneOrMore = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof({ weight: 2, arbitrary: value }, { weight: 1, arbitrary: fc.array(value, { minLength: 1, maxLength: 4 }) })

const scalar: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: wildText as fc.Arbitrary<Value> },
  { weight: 1, arbitrary: number as fc.Arbitrary<Value> },
  { weight: 1, arbitrary: fc.boolean() as fc.Arbitrary<Value> },
)

const item: fc.Arbitrary<[string, Value | Value[]]> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(field, oneOrMore(fc.oneof(scalar, fc.constant(null)))) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        field,
        fc.constantFrom(
          'contains',
          'startswith',
          'endswith',
          'contains|all',
          'all|startswith',
          'cased',
          'contains|cased',
          'neq',
          'contains|neq',
          'contains|all|neq',
          'endswith|all',
          'startswith|cased',
        ),
        oneOrMore(scalar),
      )
      .map(([name, modifiers, value]): [string, Value | Value[]] => [`${name}|${modifiers}`, value]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        field,
        fc.constantFrom('windash', 'contains|windash', 'windash|contains|all', 'endswith|windash'),
        oneOrMore(flag),
      )
      .map(([name, modifiers, value]): [string, Value | Value[]] => [`${name}|${modifiers}`, value]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        field,
        fc.constantFrom(
          'base64',
          'base64|contains',
          'base64offset|contains',
          'base64offset',
          'base64offset|contains|all',
          'wide|base64offset|contains',
          'utf16le|base64',
          'utf16be|base64',
          'utf16|base64',
          'utf16|base64offset|contains',
        ),
        fc.constantFrom(...encodedWords),
      )
      .map(([name, modifiers, value]): [string, Value | Value[]] => [`${name}|${modifiers}`, value]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        field,
        fc.constantFrom('re', 're|i', 're|m', 're|s', 're|i|m|s', 're|neq', 're|all', 're|startswith', 're|endswith'),
        oneOrMore(expression),
      )
      .map(([name, modifiers, value]): [string, Value | Value[]] => [`${name}|${modifiers}`, value]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(field, fc.constantFrom('re', 're|m', 're|s', 're|m|s'), lineExpression)
      .map(([name, modifiers, value]): [string, Value] => [`${name}|${modifiers}`, value]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(field, fc.constantFrom('lt', 'lte', 'gt', 'gte', 'lt|neq'), fc.oneof(number, fc.constant('2')))
      .map(([name, modifier, value]): [string, Value] => [`${name}|${modifier}`, value]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(field, fc.constantFrom('cidr', 'cidr|neq', 'cidr|all'), oneOrMore(network))
      .map(([name, modifiers, value]): [string, Value | Value[]] => [`${name}|${modifiers}`, value]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        field,
        fc.constantFrom('minute', 'hour', 'day', 'week', 'month', 'year'),
        fc.constantFrom('', '|neq', '|lt', '|gte'),
        fc.constantFrom(1, 3, 5, 23, 31, 52, 12, 2024, 2025),
      )
      .map(([name, part, more, value]): [string, Value] => {
        const most = { minute: 59, hour: 23, day: 31, week: 53, month: 12, year: 9999 }[part] ?? 0
        return [`${name}|${part}${more}`, Math.min(value, most)]
      }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        field,
        fc.constantFrom('expand', 'expand|contains', 'contains|expand|all', 'expand|cased'),
        oneOrMore(fc.constantFrom('%one%', 'a%two%', '%one%%two%', '\\%one%', 'x*%two%')),
      )
      .map(([name, modifiers, value]): [string, Value | Value[]] => [`${name}|${modifiers}`, value]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(field, fc.constantFrom('exists', 'exists|neq'), fc.boolean())
      .map(([name, modifiers, value]): [string, Value] => [`${name}|${modifiers}`, value]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        field,
        fc.constantFrom(
          'fieldref',
          'fieldref|contains',
          'fieldref|startswith',
          'fieldref|endswith',
          'fieldref|neq',
          'fieldref|cased',
        ),
        field,
      )
      .map(([name, modifiers, value]): [string, Value] => [`${name}|${modifiers}`, value]),
  },
)

const map: fc.Arbitrary<FieldMap> = fc
  .array(item, { minLength: 1, maxLength: 3 })
  .map((items) => Object.fromEntries(items))
const keyword: fc.Arbitrary<Value> = fc.oneof(
  wildText.filter((text) => text !== ''),
  number,
)
const selection: fc.Arbitrary<Selection> = fc.oneof(
  { weight: 8, arbitrary: map },
  { weight: 2, arbitrary: fc.array(map, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(keyword, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: keyword.map((value): FieldMap => ({ '|all': [value, 'a'] })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('|re', '|re|i', '|cased', '|windash', '|base64offset'),
        fc.constantFrom('a', 'b', 'A', '-a'),
      )
      .map(([modifiers, value]): FieldMap => ({ [modifiers]: value })),
  },
)

const names = ['sel_a', 'sel_b', 'fil_a', '_hidden']
const quantities = [
  ...['1 of them', 'all of them', '1 of sel_*', 'all of sel_*', '1 of *_a', 'all of *', 'any of sel_*', 'ALL of them'],
  ...['1 of _*', '2 of them', '2 of sel_*', '1 of sel_a'],
]
const condition = fc.letrec<{ or: string; and: string; not: string; leaf: string }>((tie) => ({
  or: fc
    .tuple(fc.array(tie('and'), { minLength: 1, maxLength: 2 }), fc.constantFrom(' or ', ' OR '))
    .map(([parts, word]) => parts.join(word)),
  and: fc.array(tie('not'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(' and ')),
  not: fc.oneof(
    { weight: 3, arbitrary: tie('leaf') },
    { weight: 1, arbitrary: tie('leaf').map((leaf) => `not ${leaf}`) },
    { weight: 1, arbitrary: tie('leaf').map((leaf) => `NOT not ${leaf}`) },
  ),
  leaf: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    { weight: 4, arbitrary: fc.constantFrom(...names) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(...quantities),
    },
    { weight: 1, arbitrary: tie('or').map((inner) => `(${inner})`) },
  ),
})).or

export const rule: fc.Arbitrary<PlainRule> = fc.record({
  selections: fc.tuple(selection, selection, selection, selection).map((all) => {
    return Object.fromEntries(names.map((name, index) => [name, all[index]])) as Record<string, Selection>
  }),
  condition: fc.oneof(
    { weight: 4, arbitrary: condition as fc.Arbitrary<string | string[]> },
    { weight: 1, arbitrary: fc.array(condition, { minLength: 1, maxLength: 2 }) as fc.Arbitrary<string | string[]> },
  ),
})

const moment = fc.constantFrom(
  ...['2024-12-31T03:05:00Z', '2025-01-01 23:01:59', '2024-03-05T01:03:00.123+02:00', '2025-12-23T12:31:00'],
  ...[1_735_614_300, 1_735_614_300_000, '1735614300'],
)

/** Each of the words in each encoding: by chance a record would hardly ever have one. */
const encoded = fc.constantFrom(
  ...encodedWords.flatMap((text) => {
    const little = Buffer.from(text, 'utf16le')
    const big = Buffer.from(little).swap16()
    const bytes = [Buffer.from(text), little, big, Buffer.concat([Buffer.from([0xff, 0xfe]), little])]
    return bytes.map((each) => each.toString('base64'))
  }),
)

/** Values of the placeholders in rules. */
export const placeholders = { one: ['one', '%x'], two: ['two', 'a*', '\\*'] }

export const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: plainText as fc.Arbitrary<unknown> },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'ab',
      'YQ==',
      'YWI=',
      'xYWJjx',
      'AGEAYg==',
      'x YQBiAGMA',
      '//5hAGIA',
      'YgBhAGIA',
      'xx 8v5h',
      'aAbB',
      'a\nb',
      'ax.b',
    ),
  },
  { weight: 1, arbitrary: number as fc.Arbitrary<unknown> },
  { weight: 1, arbitrary: fc.boolean() as fc.Arbitrary<unknown> },
  { weight: 1, arbitrary: address as fc.Arbitrary<unknown> },
  { weight: 3, arbitrary: fc.constantFrom('a\nb', 'b\na', 'x\nb\nx', 'ſ', '\u212a') as fc.Arbitrary<unknown> },
  { weight: 2, arbitrary: encoded as fc.Arbitrary<unknown> },
  { weight: 1, arbitrary: moment as fc.Arbitrary<unknown> },
  {
    weight: 1,
    arbitrary: fc.constantFrom('one', 'ONE', 'aTWO', 'xaytwo', '%one%', '1.5', ' 2 ') as fc.Arbitrary<unknown>,
  },
  { weight: 1, arbitrary: fc.constant(null) as fc.Arbitrary<unknown> },
  { weight: 1, arbitrary: fc.array(plainText, { maxLength: 3 }) as fc.Arbitrary<unknown> },
  { weight: 1, arbitrary: fc.record({ m: plainText }) as fc.Arbitrary<unknown> },
)
export const record: fc.Arbitrary<Plain> = fc.record(
  {
    A: value,
    B: value,
    C: value,
    'n.m': value,
    n: fc.oneof(fc.record({ m: value, k: value }, { requiredKeys: [] }), value),
    other: value,
  },
  { requiredKeys: [] },
)

/** The YAML of the rules; they are named rule-0, rule-1 and so on. */
export function ruleText(rules: readonly PlainRule[]): string {
  const documents = rules.map(({ selections, condition: text }, index) =>
    stringify(
      {
        title: `rule ${index}`,
        id: `rule-${index}`,
        logsource: { category: 'test' },
        detection: { ...selections, condition: text },
      },
      { lineWidth: 0, blockQuote: false },
    ),
  )
  return documents.join('---\n')
}
