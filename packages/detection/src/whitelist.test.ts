import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Event, parseEvent } from '@rampart/event'
import { Whitelist } from './whitelist.ts'
import {
  compileWhitelistPattern,
  type Whitelistable,
  type WhitelistCondition,
  type WhitelistRule,
} from './whitelist-pattern.ts'

const now = 1_700_000_000_000

function event(commandLine: string): Event {
  const parsed = parseEvent({
    schema: 1,
    id: 'a1/boot/1',
    type: 'process.started',
    at: now,
    asset: { id: 'a1', name: 'web-1', kind: 'host' },
    sensor: 'test',
    process: {
      pid: 7,
      entityId: 'boot-7',
      executable: '/usr/bin/rsync',
      commandLine,
      ancestors: [
        { pid: 5, entityId: 'boot-5', executable: '/usr/sbin/cron' },
        { pid: 1, entityId: 'boot-1', executable: '/sbin/init' },
      ],
    },
  })
  assert.ok(parsed.ok)
  return parsed.event
}

const finding = (commandLine = 'rsync -a /srv backup.example.com:/srv', over: Partial<Whitelistable> = {}) => ({
  modelId: 'm1',
  type: 'Suspicious Process' as const,
  assetId: 'a1',
  entity: { kind: 'process' as const, value: '/usr/bin/rsync' },
  evidence: event(commandLine),
  ...over,
})

const rule = (conditions: WhitelistCondition[], over: Partial<WhitelistRule> = {}): WhitelistRule => ({
  id: 'r1',
  conditions,
  about: { model: 'm1' },
  on: 'all',
  expiresAt: null,
  ...over,
})

const commandLine = (operator: WhitelistCondition['operator'], value: string): WhitelistCondition => ({
  field: 'process.commandLine',
  operator,
  value,
})

function takes(rules: WhitelistRule[], of = finding(), at = now): string | null {
  return new Whitelist(rules, (asset) => (asset === 'a1' ? 'backup' : null)).ruleOf(of, at)
}

test('each operator, and conditions joined by and', () => {
  const cases: [WhitelistCondition[], boolean][] = [
    [[commandLine('contains', 'backup.example.com')], true],
    [[commandLine('contains', 'Backup.example.com')], false],
    [[commandLine('equals', 'rsync -a /srv backup.example.com:/srv')], true],
    [[commandLine('equals', 'rsync')], false],
    [[commandLine('regex', '^rsync -a /srv [a-z]+\\.example\\.com:')], true],
    [[commandLine('contains', 'rsync'), commandLine('not contains', '/etc')], true],
    [[commandLine('contains', 'rsync'), commandLine('not contains', '/srv')], false],
    [[commandLine('contains', 'rsync'), { field: 'file.path', operator: 'not equals', value: '/etc/shadow' }], false],
    [[{ field: 'process.ancestors.executable', operator: 'equals', value: '/usr/sbin/cron' }], true],
    [[{ field: 'entity', operator: 'equals', value: '/usr/bin/rsync' }], true],
    [[{ field: 'sourceAddress', operator: 'equals', value: '198.51.100.7' }], false],
  ]
  for (const [conditions, expected] of cases)
    assert.equal(takes([rule(conditions)]) !== null, expected, JSON.stringify(conditions))
})

test('a rule takes only what it is about, where it holds, and until it expires', () => {
  const conditions = [commandLine('contains', 'rsync')]
  assert.equal(takes([rule(conditions, { about: { model: 'm2' } })]), null)
  assert.equal(takes([rule(conditions, { about: { type: 'Suspicious Process' } })]), 'r1')
  assert.equal(takes([rule(conditions, { about: { type: 'Webshell' } })]), null)
  assert.equal(takes([rule(conditions, { on: { asset: 'a1' } })]), 'r1')
  assert.equal(takes([rule(conditions, { on: { asset: 'a2' } })]), null)
  assert.equal(takes([rule(conditions, { on: { group: 'backup' } })]), 'r1')
  assert.equal(takes([rule(conditions, { on: { group: 'backup' } })], finding('rsync x', { assetId: 'a2' })), null)
  assert.equal(takes([rule(conditions, { expiresAt: now + 1 })]), 'r1')
  assert.equal(takes([rule(conditions, { expiresAt: now })]), null)
})

test('rules that would take almost anything are refused with a reason', () => {
  const refused: [WhitelistCondition[], string][] = [
    [[], 'whitelist.no-condition'],
    [[commandLine('not contains', 'curl')], 'whitelist.no-condition'],
    [[commandLine('contains', '')], 'whitelist.too-broad'],
    [[commandLine('contains', '  ')], 'whitelist.too-broad'],
    [[commandLine('equals', '')], 'whitelist.too-broad'],
    [[commandLine('contains', '*')], 'whitelist.too-broad'],
    [[commandLine('contains', '/')], 'whitelist.too-broad'],
    [[commandLine('contains', '///')], 'whitelist.too-broad'],
    [[commandLine('contains', 'sh')], 'whitelist.too-broad'],
    [[commandLine('regex', '.*')], 'whitelist.too-broad'],
    [[commandLine('regex', '.+')], 'whitelist.too-broad'],
    [[commandLine('regex', '[a-z0-9]')], 'whitelist.too-broad'],
    [[commandLine('regex', '(bash)?')], 'whitelist.too-broad'],
    [[commandLine('regex', '(')], 'whitelist.bad-regex'],
    [[commandLine('regex', '(?=x)y')], 'whitelist.bad-regex'],
    [[commandLine('regex', '((abc{1,50}){1,50}){1,20}')], 'whitelist.bad-regex'],
    [[{ field: 'type', operator: 'equals', value: 'process.started' }], 'whitelist.too-broad'],
    [[{ field: 'a b', operator: 'equals', value: 'x' }], 'whitelist.unknown-field'],
  ]
  for (const [conditions, code] of refused) {
    const compiled = compileWhitelistPattern(conditions)
    assert.equal(!compiled.ok && compiled.refusal.code, code, JSON.stringify(conditions))
  }
})

test('of many rules the first that holds takes a finding, as if each had been asked in turn', () => {
  let seed = 7
  const pick = <T>(list: readonly T[]): T => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return list[seed % list.length] as T
  }
  const words = ['rsync', 'backup', 'srv', '.example.com', 'web-1', '/srv/a', 'rsync -a', 'ééé', '😀😀😀']
  const condition = (): WhitelistCondition => ({
    field: pick(['process.commandLine', 'process.ancestors.executable', 'entity', 'sourceAddress']),
    operator: pick(['contains', 'contains', 'not contains', 'equals', 'not equals', 'regex'] as const),
    value: pick(words),
  })
  const rules = Array.from({ length: 400 }, (_, number) =>
    rule(Array.from({ length: pick([1, 1, 2, 3]) }, condition), {
      id: `r${number}`,
      about: pick([{ model: 'm1' }, { model: 'm2' }, { type: 'Suspicious Process' } as const]),
      on: pick(['all', 'all', { asset: 'a1' }, { asset: 'a2' }] as const),
    }),
  )
  let taken = 0
  for (let round = 0; round < 200; round++) {
    const some = rules.filter(() => pick([false, false, true]))
    const of = finding(`${pick(words)} ${pick(words)} ${pick(words)}`, {
      entity: { kind: 'process', value: pick(words) },
      sourceAddress: pick(words),
    })
    const asked = (by: 'model' | 'type') => some.find((one) => by in one.about && takes([one], of) !== null)?.id ?? null
    const expected = asked('model') ?? asked('type')
    if (expected !== null) taken++
    assert.equal(takes(some, of), expected)
  }
  assert.ok(taken > 20, `${taken} findings were taken`)
})
