import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseModel } from './parse-model.ts'
import { ruleText } from './testing/fixtures.ts'

const body = `logsource: {product: linux, category: process_creation}
detection: {selection: {CommandLine|contains: x}, condition: selection}
`
const codes = (text: string) => parseModel(text, 'models/t/m/rule.yml').issues.map((issue) => issue.code)

test('a model has what its file says', () => {
  const { model, issues } = parseModel(ruleText(body, '  entity: Image\n'), 'models/suspicious-process/shell/rule.yml')
  assert.deepEqual(issues, [])
  assert.ok(model)
  const { slug, level, sigmaLevel, techniques, tactics, entity, dedupBy, requires, kind } = model
  assert.deepEqual(
    { slug, level, sigmaLevel, techniques, tactics, entity, dedupBy, requires, kind },
    {
      slug: 'shell',
      level: 'Urgent',
      sigmaLevel: 'high',
      techniques: ['T1059.004'],
      tactics: ['execution'],
      entity: { kind: 'process', field: 'process.executable' },
      dedupBy: ['process.executable'],
      requires: ['process.started'],
      kind: 'sigma',
    },
  )
})

const refusals: [string, string, string[]][] = [
  ['no rampart block', 'title: x\n', ['model.no-rampart-block']],
  ['YAML that ends in a bracket', 'title: [', ['model.invalid-yaml']],
  [
    'two rampart blocks',
    `${ruleText(body, '  entity: Image\n')}---\n${ruleText(body, '  entity: Image\n')}`,
    ['model.several-rampart-blocks'],
  ],
  ['a kind that the agent runs', ruleText(body, '  entity: Image\n  kind: yara\n'), ['model.unsupported-kind']],
  ['intel without its parameters', ruleText(body, '  entity: Image\n  kind: intel\n'), ['model.invalid-field']],
  [
    'a technique that does not exist',
    ruleText(body, '  entity: Image\n', { tags: 'attack.t9999' }),
    ['model.unknown-technique'],
  ],
  ['a field that the event lacks', ruleText(body, '  entity: file.path\n'), ['model.unknown-event-field']],
  [
    'an entity of unknown kind',
    ruleText(
      'logsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName: x}, condition: s}\n',
      '  entity: eventName\n',
    ),
    ['model.no-entity-kind'],
  ],
  [
    'a log source without a route',
    ruleText('logsource: {product: amiga}\ndetection: {s: {a: x}, condition: s}\n', '  entity: asset.name\n'),
    ['model.no-log-source', 'model.unknown-event-field'],
  ],
  [
    'a stage of another product',
    ruleText(body, '  entity: Image\n').replace('Remote Control', 'Recon'),
    ['model.invalid-field'],
  ],
  ['an unknown key in the block', ruleText(body, '  entity: Image\n  severity: 5\n'), ['model.invalid-field']],
  [
    'a broken condition',
    ruleText(body.replace('condition: selection', 'condition: selektion'), '  entity: Image\n'),
    [],
  ],
  ['a bad modifier', ruleText(body.replace('|contains', '|holds'), '  entity: Image\n'), []],
  ['a text beyond the limit', `# ${'x'.repeat(300_000)}`, ['model.too-large']],
]
for (const [name, text, expected] of refusals)
  test(`refused or left to the compiler: ${name}`, () => assert.deepEqual(codes(text), expected))

test('an issue names the place of the wrong value', () => {
  const text = ruleText(body, '  entity: Image\n').replace(
    'stages: [Remote Control]',
    'stages: [Remote Control, Recon]',
  )
  const lines = text.split('\n')
  const line = lines.findIndex((one) => one.includes('Recon'))
  const [issue] = parseModel(text, 'm/rule.yml').issues
  assert.deepEqual([issue?.line, issue?.column], [line + 1, (lines[line]?.indexOf('Recon') ?? 0) + 1])
})

test('a misspelt field of a selection is refused at its place', () => {
  const [issue] = parseModel(
    ruleText(body.replace('CommandLine', 'Commandline'), '  entity: Image\n'),
    'm/rule.yml',
  ).issues
  assert.equal(issue?.code, 'model.unknown-event-field')
  assert.match(issue?.message ?? '', /^Commandline is no field of process\.started$/)
})
