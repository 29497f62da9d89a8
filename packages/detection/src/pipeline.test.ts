import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasPath } from './event-paths.ts'
import { logSources } from './log-sources.ts'
import { fieldPath, routeOf, routesOf } from './pipeline.ts'
import { eventOf } from './testing/fixtures.ts'

const routes: [Parameters<typeof routesOf>[0], string[]][] = [
  [{ product: 'linux', category: 'process_creation' }, ['process.started']],
  [{ product: 'linux', category: 'file_event' }, ['file.written', 'file.renamed']],
  [{ category: 'webserver' }, ['web.requested']],
  [{ category: 'webserver', product: 'apache' }, ['web.requested']],
  [{ product: 'linux', service: 'auditd' }, ['audit.recorded']],
  [{ product: 'linux', service: 'sshd' }, ['logon.attempted', 'log.recorded:sshd']],
  [{ product: 'aws', service: 'cloudtrail' }, ['cloud.called:aws']],
  [{ product: 'kubernetes', service: 'audit' }, ['kubernetes.called']],
  [{ product: 'kubernetes', category: 'application', service: 'audit' }, ['kubernetes.called']],
  [{ product: 'rampart', category: 'privilege.used' }, ['privilege.used']],
  [{ product: 'rampart', category: 'nothing' }, []],
  [{ product: 'linux', category: 'nothing' }, []],
  [{ product: 'macos', category: 'process_creation' }, []],
  [{}, []],
]
for (const [source, expected] of routes)
  test(`${JSON.stringify(source)} reads ${expected.join(', ') || 'nothing'}`, () =>
    assert.deepEqual(routesOf(source), expected))

const fields: [string, string, string | undefined][] = [
  ['process.started', 'Image', 'process.executable'],
  ['process.started', 'process.ancestors.executable', 'process.ancestors.executable'],
  ['process.started', 'Nothing', undefined],
  ['web.requested', 'cs-uri-query', 'web.query'],
  ['audit.recorded', 'type', 'fields.type'],
  ['cloud.called:aws', 'userIdentity.arn', 'fields.userIdentity.arn'],
  ['cloud.called:aws', 'source.address', 'source.address'],
  ['kubernetes.called', 'user.username', 'fields.user.username'],
  [
    'kubernetes.called',
    'annotations.authorization.k8s.io/decision',
    'fields.annotations.authorization.k8s.io/decision',
  ],
  ['log.recorded', 'message', 'message'],
]
for (const [route, name, expected] of fields)
  test(`${name} on ${route} is ${expected}`, () => assert.equal(fieldPath(route, name), expected))

test('an event takes the route of its service or provider', () => {
  assert.equal(routeOf(eventOf({ type: 'log.recorded', log: { service: 'SSHD' }, message: '' })), 'log.recorded:sshd')
  assert.equal(routeOf(eventOf({ type: 'log.recorded', log: { service: 'own' }, message: '' })), 'log.recorded')
  assert.equal(routeOf(eventOf({ type: 'cloud.called', provider: 'alibaba', fields: {} })), 'cloud.called:alibaba')
})

test('every field of the table exists in an event it is meant for', () => {
  const missing = logSources.flatMap(({ events, fields }) =>
    Object.entries(fields)
      .filter(([, path]) => !events.some((feed) => hasPath(feed.split(':')[0] as Parameters<typeof hasPath>[0], path)))
      .map(([name, path]) => `${events.join(',')}: ${name} → ${path}`),
  )
  assert.deepEqual(missing, [])
})
