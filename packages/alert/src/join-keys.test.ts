import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEvent } from '@rampart/event'
import type { Finding } from './finding.ts'
import { headlineOf, type Member, titleOf } from './incident.ts'
import { joinKeysOf } from './join-keys.ts'

const at = 1_700_000_000_000

function finding(fields: Record<string, unknown>, over: Partial<Finding> = {}): Finding {
  const parsed = parseEvent({
    schema: 1,
    id: 'a1/boot/1',
    type: 'process.started',
    at,
    asset: { id: 'a1', name: 'web-1', kind: 'host' },
    sensor: 'test',
    process: { pid: 900, entityId: 'p900', executable: '/bin/bash' },
    ...fields,
  })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return {
    id: 'f',
    modelId: 'm',
    at,
    assetId: 'a1',
    entity: { kind: 'process', value: '/bin/bash' },
    aggregationKey: 'k',
    title: 'Reverse shell',
    eventIds: [],
    level: 'Warning',
    type: 'Suspicious Process',
    stages: ['Remote Control'],
    evidence: parsed.event,
    matched: [],
    ...over,
  }
}
const keys = (one: Finding, own: string[] = []) => joinKeysOf(one, own).map(({ kind, value }) => `${kind} ${value}`)
const process = (pid: number, executable: string, ancestors: [number, string][] = []) => ({
  pid,
  entityId: `p${pid}`,
  executable,
  ancestors: ancestors.map(([above, path]) => ({ pid: above, entityId: `p${above}`, executable: path })),
})

test('a process tree ends below init, cron and other starters of everything', () => {
  const shell = process(900, '/bin/sh', [
    [800, '/usr/bin/python3'],
    [700, '/bin/bash'],
    [50, '/usr/sbin/cron'],
    [1, '/usr/lib/systemd/systemd'],
  ])
  assert.deepEqual(keys(finding({ process: shell })), ['process a1/p900', 'process a1/p800', 'process a1/p700'])
  assert.deepEqual(keys(finding({ process: process(50, '/usr/sbin/cron', [[1, '/sbin/init']]) })), [])
})

test('below an application server the window is short', () => {
  const shell = process(900, '/bin/sh', [[300, '/usr/sbin/php-fpm8.2']])
  assert.deepEqual(keys(finding({ process: shell })), ['process a1/p900', 'service a1/p300'])
})

test('a shell of a logon and the logon itself have the session in common, two logons of one daemon have not', () => {
  const shell = process(900, '/bin/bash', [
    [810, '/usr/sbin/sshd'],
    [800, '/usr/sbin/sshd'],
    [70, '/usr/sbin/sshd'],
    [1, '/sbin/init'],
  ])
  assert.ok(keys(finding({ process: shell })).includes('session a1/800'))
  assert.ok(!keys(finding({ process: shell })).some((key) => key.endsWith('70')))
  const logon = { type: 'logon.attempted', process: undefined, outcome: 'success', service: 'sshd', sessionId: '800' }
  assert.deepEqual(keys(finding(logon)), ['session a1/800'])
})

test('files of the system, empty files and dotfiles join nothing', () => {
  const written = (path: string, sha256?: string) =>
    keys(
      finding({
        type: 'file.written',
        process: undefined,
        file: { path, ...(sha256 && { hash: { sha256 } }) },
      }),
    )
  const digest = 'a'.repeat(64)
  assert.deepEqual(written('/tmp/.x/update', digest), ['path a1//tmp/.x/update', `file ${digest}`])
  assert.deepEqual(written('/etc/passwd', digest), [])
  assert.deepEqual(written('/home/alice/.bashrc', digest), [])
  assert.deepEqual(written('/tmp/lock', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'), [
    'path a1//tmp/lock',
  ])
})

test('an address joins attacks, not logons behind it, nor what is near, nor the own one', () => {
  const from = (sourceAddress: string, over: Partial<Finding> = {}) =>
    keys(
      finding(
        { type: 'log.recorded', process: undefined, log: { service: 'x' }, message: 'x' },
        { sourceAddress, ...over },
      ),
      ['192.0.2.1'],
    )
  assert.ok(from('198.51.100.9').includes('address 198.51.100.9'))
  assert.ok(from('198.51.100.9', { type: 'Unusual Logon', techniques: ['T1110.001'] }).includes('address 198.51.100.9'))
  assert.ok(!from('198.51.100.9', { type: 'Unusual Logon', techniques: ['T1078'] }).includes('address 198.51.100.9'))
  assert.deepEqual(from('198.51.100.9', { level: 'Notice' }), [])
  assert.deepEqual(from('127.0.0.1'), [])
  assert.deepEqual(from('::1'), [])
  assert.deepEqual(from('192.0.2.1'), [])
})

test('root and the accounts of services join nothing, a personal account that moves does', () => {
  const logon = (name: string) =>
    keys(
      finding(
        { type: 'logon.attempted', process: undefined, outcome: 'success', service: 'login', user: { name } },
        { type: 'Unusual Logon' },
      ),
    )
  assert.deepEqual(logon('root'), [])
  assert.deepEqual(logon('www-data'), [])
  assert.deepEqual(logon('alice'), ['account alice'])
})

test('hostile values are bounded', () => {
  const long = `/tmp/${'x'.repeat(8000)}`
  for (const { value } of joinKeysOf(finding({ process: process(900, long) }))) assert.ok(value.length <= 128)
})

const member = (over: Partial<Member>): Member => ({
  id: 'al-1',
  title: 'Reverse shell',
  level: 'Urgent',
  state: 'unhandled',
  stages: ['Remote Control'],
  firstAt: at,
  lastAt: at,
  asset: { id: 'a1', name: 'web-1', kind: 'host' },
  sourceAddress: null,
  ...over,
})

test('the title says what weighs most, how it began, from where, and on what', () => {
  const guessing = member({
    id: 'al-0',
    title: 'SSH password guessing from one address',
    level: 'Warning',
    stages: ['Attack Portal'],
    firstAt: at - 1000,
    sourceAddress: '192.0.2.7',
  })
  const members = [member({}), guessing]
  const title = 'Reverse shell after SSH password guessing from 192.0.2.7 on web-1'
  assert.equal(titleOf(headlineOf(members)), title)
  assert.equal(titleOf(headlineOf(members.toReversed())), title)
  const other = member({
    id: 'al-2',
    asset: { id: 'a2', name: 'db-1', kind: 'host' },
    firstAt: at + 5,
  })
  assert.equal(titleOf(headlineOf([...members, other])), `${title} and 1 other`)
  assert.equal(titleOf(headlineOf([guessing])), 'SSH password guessing from 192.0.2.7 on web-1')
})
