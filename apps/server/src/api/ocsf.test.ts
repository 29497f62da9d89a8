/** Detection Findings against what version 1.6.0 of the schema requires of the class and of every object in it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@rampart/alert'
import { alertStates, type Event, levels } from '@rampart/event'
import { toDetectionFinding } from './ocsf.ts'

interface Rule {
  required?: readonly string[]
  atLeastOne?: readonly string[]
  /** Attributes that are objects: which rule holds for them, or for each of a list. */
  objects?: Readonly<Record<string, string>>
  /** Values that enumerations allow. */
  allowed?: Readonly<Record<string, readonly number[]>>
}

const endpoint = ['ip', 'uid', 'name', 'hostname', 'instance_uid', 'interface_uid', 'interface_name']
const rules: Record<string, Rule> = {
  finding: {
    required: [
      'activity_id',
      'category_uid',
      'class_uid',
      'finding_info',
      'metadata',
      'severity_id',
      'time',
      'type_uid',
    ],
    objects: { metadata: 'metadata', finding_info: 'info', device: 'device', evidences: 'evidence' },
    allowed: {
      activity_id: [0, 1, 2, 3, 99],
      category_uid: [2],
      class_uid: [2004],
      severity_id: [0, 1, 2, 3, 4, 5, 6, 99],
      status_id: [0, 1, 2, 3, 4, 5, 6, 99],
    },
  },
  metadata: { required: ['product', 'version'], objects: { product: 'product' } },
  product: { atLeastOne: ['name', 'uid'] },
  info: { required: ['uid'], objects: { analytic: 'analytic', attacks: 'attack' } },
  analytic: {
    required: ['type_id'],
    atLeastOne: ['name', 'uid'],
    allowed: { type_id: [0, 1, 2, 3, 4, 5, 6, 7, 8, 99] },
  },
  attack: {
    atLeastOne: ['tactic', 'technique', 'sub_technique'],
    objects: { technique: 'named', sub_technique: 'named' },
  },
  named: { atLeastOne: ['name', 'uid'] },
  device: { required: ['type_id'], atLeastOne: endpoint },
  evidence: {
    atLeastOne: ['actor', 'data', 'device', 'dst_endpoint', 'file', 'process', 'query', 'src_endpoint', 'url', 'user'],
    objects: {
      process: 'process',
      user: 'user',
      src_endpoint: 'endpoint',
      dst_endpoint: 'endpoint',
      file: 'file',
      query: 'query',
    },
  },
  process: { atLeastOne: ['pid', 'uid', 'cpid'], objects: { file: 'file', user: 'user', parent_process: 'process' } },
  user: { atLeastOne: ['account', 'name', 'uid'] },
  endpoint: { atLeastOne: [...endpoint, 'svc_name', 'domain'] },
  file: { required: ['name', 'type_id'] },
  query: { required: ['hostname'] },
}

function problems(value: unknown, name: string, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((one, place) => problems(one, name, `${path}[${place}]`))
  const object = value as Record<string, unknown>
  const { required = [], atLeastOne = [], objects = {}, allowed = {} } = rules[name] ?? {}
  const found = required.filter((one) => object[one] === undefined || object[one] === null || object[one] === '')
  return [
    ...found.map((one) => `${path}.${one} is missing`),
    ...(atLeastOne.length > 0 && !atLeastOne.some((one) => object[one] !== undefined)
      ? [`${path} has none of ${atLeastOne.join(', ')}`]
      : []),
    ...Object.entries(allowed)
      .filter(([one, values]) => object[one] !== undefined && !values.includes(object[one] as number))
      .map(([one]) => `${path}.${one} is ${object[one]}`),
    ...Object.entries(objects).flatMap(([one, rule]) =>
      object[one] === undefined ? [] : problems(object[one], rule, `${path}.${one}`),
    ),
  ]
}

const base = {
  schema: 1 as const,
  at: 1_767_571_200_000.5,
  asset: { id: 'a', name: 'web-1', kind: 'host' as const },
  sensor: 't',
}
const events: Event[] = [
  { ...base, id: 'a/b/1', type: 'dns.asked', question: { name: 'host.example.com', type: 'A' } },
  {
    ...base,
    id: 'a/b/2',
    type: 'network.connected',
    transport: 'tcp',
    process: {
      pid: 7,
      entityId: 'b-7-1',
      executable: '/usr/bin/curl',
      user: { id: 0 },
      parent: { pid: 1, entityId: 'b-1-1' },
    },
    source: { address: '192.0.2.1', port: 4000 },
    destination: { address: '2001:db8::1', port: 443 },
  },
  { ...base, id: 'a/b/3', type: 'file.written', file: { path: '/tmp/' }, user: {} },
  {
    ...base,
    id: 'a/b/4',
    type: 'logon.attempted',
    user: { name: 'root' },
    outcome: 'failure',
    service: 'sshd',
    source: { address: '198.51.100.1' },
  },
] as Event[]

const alert: Alert = {
  id: 'al-1',
  aggregationKey: 'k',
  modelId: 'm-1',
  title: 'Shell over a socket',
  type: 'Suspicious Process',
  level: 'Urgent',
  state: 'unhandled',
  stages: ['Remote Control'],
  techniques: [],
  asset: { id: 'a', name: 'web-1', kind: 'host', addresses: [], group: null },
  entity: { kind: 'process', value: '/usr/bin/curl' },
  sourceAddress: null,
  count: 1,
  firstAt: base.at,
  lastAt: base.at + 0.25,
  raisedAt: base.at,
  assignee: null,
  noteCount: 0,
  evidenceTotal: 4,
  matched: [],
  hits: 0,
  lastHitAt: null,
  silent: false,
  version: 1,
}

test('every level and state, and evidence of every kind, is what the schema requires', () => {
  for (const level of levels)
    for (const state of alertStates)
      for (const techniques of [[], ['T1059.004', 'T1071']]) {
        const finding = toDetectionFinding({
          alert: { ...alert, level, state, techniques },
          events,
          description: 'A description.',
          version: '0.1.0',
        })
        const sent = JSON.parse(JSON.stringify(finding))
        assert.deepEqual(problems(sent, 'finding', 'finding'), [], `${level}, ${state}`)
        assert.equal(sent.type_uid, sent.class_uid * 100 + sent.activity_id)
        assert.equal(sent.metadata.version, '1.6.0')
        for (const name of ['time', 'start_time', 'end_time']) assert.ok(Number.isInteger(sent[name]), name)
        assert.equal(sent.evidences.length, events.length)
      }
})

test('what is missing or not allowed is seen by these rules', () => {
  const { time: _, ...finding } = toDetectionFinding({ alert, events, description: '', version: '0.1.0' })
  const wrong = { ...finding, severity_id: 7, device: { type_id: 1 } }
  assert.deepEqual(problems(wrong, 'finding', 'finding'), [
    'finding.time is missing',
    'finding.severity_id is 7',
    `finding.device has none of ${endpoint.join(', ')}`,
  ])
})
