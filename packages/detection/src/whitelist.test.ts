import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Event, parseEvent } from '@rampart/event'
import {
  compileWhitelistPattern,
  Whitelist,
  type Whitelistable,
  type WhitelistCondition,
  type WhitelistRule,
} from './whitelist.ts'

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
