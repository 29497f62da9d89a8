import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Event, eventTypes, parseEvent } from '@rampart/event'
import { entitiesOf, processChain } from './process-chain.ts'
import { sentenceOf } from './sentence.ts'

const process = {
  pid: 4242,
  entityId: 'b-4242-1',
  executable: '/usr/bin/bash',
  commandLine: 'bash -c id',
  parent: { pid: 7, entityId: 'b-7-1', name: 'sshd' },
}
const user = { id: 0, name: 'root' }
const file = { path: '/etc/cron.d/job' }
const peer = { address: '198.51.100.7', port: 4444 }
const here = { address: '192.0.2.10', port: 22 }

/** Fields of one event of each type, and what is said of it. */
const cases: Record<string, [fields: Record<string, unknown>, sentence: string]> = {
  'process.started': [{ process, user }, 'bash (pid 4242, user root), started by sshd, ran bash -c id.'],
  'process.ended': [{ process }, 'bash (pid 4242) ended.'],
  'process.accessed': [
    { process, target: { pid: 9, entityId: 'b-9-1', name: 'ssh-agent' }, operation: 'memory-read' },
    'bash (pid 4242) reached into the memory of ssh-agent (pid 9) by memory-read.',
  ],
  'file.written': [{ process, user, file, created: true }, 'bash (pid 4242, user root) created /etc/cron.d/job.'],
  'file.renamed': [{ file, previousPath: '/tmp/x' }, 'Something renamed /tmp/x to /etc/cron.d/job.'],
  'file.removed': [{ process, file }, 'bash (pid 4242) removed /etc/cron.d/job.'],
  'file.mode-changed': [
    { process, file, change: 'mode', mode: 0o104755 },
    'bash (pid 4242) changed the mode of /etc/cron.d/job to 4755.',
  ],
  'file.linked': [
    { file, target: '/etc/shadow', symbolic: true },
    'Something made /etc/cron.d/job a symbolic link to /etc/shadow.',
  ],
  'memory-file.created': [{ process, name: 'x' }, 'bash (pid 4242) made a file in memory named x.'],
  'module.loaded': [
    { module: { name: 'rootkit' }, operation: 'load', user },
    'User root loaded the kernel module rootkit.',
  ],
  'network.connected': [
    { process, user, source: here, destination: peer, transport: 'tcp' },
    'bash (pid 4242, user root) opened a connection to 198.51.100.7:4444.',
  ],
  'network.accepted': [
    { source: { address: '2001:db8::1', port: 5 }, destination: here, transport: 'tcp' },
    'Something accepted a connection from [2001:db8::1]:5 on port 22.',
  ],
  'network.listening': [
    { process, destination: {}, transport: 'tcp' },
    'bash (pid 4242) began to listen on an unknown address.',
  ],
  'network.alerted': [
    { source: peer, destination: here, fields: {} },
    'The network sensor reported traffic from 198.51.100.7:4444 to 192.0.2.10:22.',
  ],
  'dns.asked': [
    { process, question: { name: 'pool.example.com', type: 'A' } },
    'bash (pid 4242) asked for the name pool.example.com (A).',
  ],
  'logon.attempted': [
    { user, outcome: 'failure', service: 'sshd', method: 'password', source: { address: '198.51.100.7' } },
    'root failed to log on through sshd from 198.51.100.7 by password.',
  ],
  'logon.ended': [{ service: 'sshd' }, 'The sshd session of an unknown account ended.'],
  'privilege.used': [{ process, operation: 'mount', target: '/mnt' }, 'bash (pid 4242) used mount on /mnt.'],
  'account.changed': [
    { operation: 'group-added', account: { name: 'eve' } },
    'Something changed the account eve: group added.',
  ],
  'inventory.changed': [
    { kind: 'sudo-rule', operation: 'added', name: '/etc/sudoers.d/eve' },
    'The sudo rule /etc/sudoers.d/eve was added.',
  ],
  'web.requested': [
    {
      source: { address: '198.51.100.7' },
      web: { method: 'GET', url: '/?id=1', path: '/', query: 'id=1', decoded: '/?id=1', status: 200 },
    },
    '198.51.100.7 requested GET /?id=1, answered with 200.',
  ],
  'audit.recorded': [{ fields: { type: 'SYSCALL' }, user }, 'The audit system recorded SYSCALL of user root.'],
  'log.recorded': [{ log: { service: 'cron' }, message: 'line\nline' }, 'cron logged: line line.'],
  'windows.recorded': [
    { channel: 'Security', provider: 'p', eventId: 4625, fields: {} },
    'Windows recorded event 4625 of Security.',
  ],
  'cloud.called': [
    { provider: 'aws', fields: { eventName: 'StopLogging', userIdentity: { userName: 'eve' } }, source: peer },
    'eve called StopLogging of aws from 198.51.100.7:4444.',
  ],
  'kubernetes.called': [
    { user, fields: { verb: 'create', requestURI: '/api/v1/pods' } },
    'root asked Kubernetes to create /api/v1/pods.',
  ],
  'agent.state-changed': [
    { state: 'silent', silentMs: 45_100 },
    'The agent of web-1 is silent, nothing was heard for 45 seconds.',
  ],
}

function eventOf(type: string, fields: Record<string, unknown>): Event {
  const base = { schema: 1, id: 'a/b/1', at: 1, asset: { id: 'a', name: 'web-1', kind: 'host' }, sensor: 't' }
  const parsed = parseEvent({ ...base, type, ...fields })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.event
}

/** What stands in a field, as a whitelist rule finds it. */
const at = (event: Event, field: string) =>
  field.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], event)

for (const type of eventTypes)
  test(`what is said of ${type}`, () => {
    const [fields, sentence] = cases[type] ?? [{}, '']
    const event = eventOf(type, fields)
    assert.equal(sentenceOf(event), sentence)
    for (const { field, value } of entitiesOf(event)) assert.equal(String(at(event, field)), value, field)
    assert.equal(processChain(event).length, fields.process ? 2 : 0)
  })

test('a Windows event says what tells it apart', () => {
  const fields = { CommandLine: 'cmd.exe /c whoami', Image: 'C:\\Windows\\cmd.exe', TargetUserName: '-', Other: 'x' }
  const event = eventOf('windows.recorded', { channel: 'Security', provider: 'p', eventId: 4688, fields })
  const said = 'CommandLine cmd.exe /c whoami, Image C:\\Windows\\cmd.exe'
  assert.equal(sentenceOf(event), `Windows recorded event 4688 of Security: ${said}.`)
})

test('values are cut and put on one line; containers and repeats are named', () => {
  const event = eventOf('process.started', {
    process: { ...process, commandLine: `echo ${'x\n'.repeat(500)}` },
    container: { id: '0123456789abcdef' },
    count: 3,
  })
  const sentence = sentenceOf(event)
  assert.ok(sentence.length < 300)
  assert.match(sentence, /… 3 times in container 0123456789ab\.$/)
})

test('entities are named once each', () => {
  const event = eventOf('network.connected', {
    process,
    user,
    source: here,
    destination: { ...peer, domain: 'c2.example.com' },
    transport: 'tcp',
  })
  assert.deepEqual(
    entitiesOf(event).map(({ kind, value, label }) => `${label}: ${kind} ${value}`),
    [
      'Program: process /usr/bin/bash',
      'Source address: address 192.0.2.10',
      'Destination address: address 198.51.100.7',
      'Destination name: domain c2.example.com',
      'User: account root',
    ],
  )
})
