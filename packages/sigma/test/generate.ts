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
)

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
          'wide|base64offset|contains',
          'utf16be|base64',
          'utf16|base64',
        ),
        fc.constantFrom('a', 'ab', 'abc', 'é', 'xx1'),
      )
      .map(([name, modifiers, value]): [string, Value | Value[]] => [`${name}|${modifiers}`, value]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(field, fc.constantFrom('re', 're|i', 're|m', 're|s', 're|i|m|s', 're|neq'), oneOrMore(expression))
      .map(([name, modifiers, value]): [string, Value | Value[]] => [`${name}|${modifiers}`, value]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(field, fc.constantFrom('lt', 'lte', 'gt', 'gte'), number)
      .map(([name, modifier, value]): [string, Value] => [`${name}|${modifier}`, value]),
  },
  { weight: 1, arbitrary: fc.tuple(field, network).map(([name, value]): [string, Value] => [`${name}|cidr`, value]) },
  {
    weight: 1,
    arbitrary: fc.tuple(field, fc.boolean()).map(([name, value]): [string, Value] => [`${name}|exists`, value]),
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
)

const names = ['sel_a', 'sel_b', 'fil_a', '_hidden']
const condition = fc.letrec<{ or: string; and: string; not: string; leaf: string }>((tie) => ({
  or: fc.array(tie('and'), { minLength: 1, maxLength: 2 }).map((parts) => parts.join(' or ')),
  and: fc.array(tie('not'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(' and ')),
  not: fc.oneof(
    { weight: 3, arbitrary: tie('leaf') },
    { weight: 1, arbitrary: tie('leaf').map((leaf) => `not ${leaf}`) },
  ),
  leaf: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    { weight: 4, arbitrary: fc.constantFrom(...names) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('1 of them', 'all of them', '1 of sel_*', 'all of sel_*', '1 of *_a', 'all of *'),
    },
    { weight: 1, arbitrary: tie('or').map((inner) => `(${inner})`) },
  ),
})).or

export const rule: fc.Arbitrary<PlainRule> = fc.record({
  selections: fc.tuple(selection, selection, selection, selection).map((all) => {
    return Object.fromEntries(names.map((name, index) => [name, all[index]])) as Record<string, Selection>
  }),
  condition,
})

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
      'aAbB',
      'a\nb',
      'ax.b',
    ),
  },
  { weight: 1, arbitrary: number as fc.Arbitrary<unknown> },
  { weight: 1, arbitrary: fc.boolean() as fc.Arbitrary<unknown> },
  { weight: 1, arbitrary: address as fc.Arbitrary<unknown> },
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
