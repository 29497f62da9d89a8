/** A status explains itself: each trouble with its reason and what to do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentReport } from './report.ts'
import { adviceFor, describeStatus } from './status-text.ts'

const now = Date.parse('2026-03-01T00:00:00Z')
const good: AgentReport = {
  running: true,
  version: '0.1.0',
  pid: 7,
  sensorPid: 8,
  startedAt: '2026-02-28T00:00:00Z',
  identity: {
    assetId: 'host-1',
    server: 'wss://192.0.2.1:7351/agent',
    machineId: 'm',
    enrolledAt: '2026-02-01T00:00:00Z',
    certificateExpiresAt: '2026-05-02T00:00:00Z',
  },
  connection: { connected: true, server: 'wss://192.0.2.1:7351/agent', attempts: 1, lastError: '' },
  spool: { events: 0, bytes: 0, maxBytes: 1e8, lastSequence: 9, acknowledged: 9, problem: '', tornBytes: 0 },
  dropped: {},
  merged: 0,
  sensors: [],
  resources: { rssBytes: 1e8, cpuFraction: 0.01 },
  limits: { description: 'cpu by cgroup v2', problems: [] },
}

test('nothing to do when all is well', () => {
  assert.deepEqual(adviceFor(good, now), [])
  assert.doesNotMatch(describeStatus(good, now), /to do/)
})

test('each trouble has its own advice', () => {
  const connection = (lastError: string) => ({ ...good.connection, connected: false, lastError })
  const cases: [Partial<AgentReport>, RegExp][] = [
    [{ connection: connection('connect ECONNREFUSED 192.0.2.1:7351') }, /firewall/],
    [{ connection: connection('getaddrinfo ENOTFOUND rampart.example.com') }, /DNS/],
    [
      { connection: connection('the server does not accept the certificate of this agent (taken back)') },
      /enrol this host again/,
    ],
    [{ identity: { ...good.identity, certificateExpiresAt: '2026-03-05T00:00:00Z' } }, /certificate ends soon/],
    [{ spool: { ...good.spool, bytes: 9e7 } }, /nearly full/],
    [{ spool: { ...good.spool, problem: 'ENOSPC: no space left' } }, /disk/],
    [
      {
        sensors: [
          {
            sensor: 'ebpf.file',
            state: 'failed',
            reason: 'no BTF',
            eventsSeen: 0,
            eventsLost: 0,
            lostByCause: {},
            capabilities: {},
          },
        ],
      },
      /ebpf\.file/,
    ],
  ]
  for (const [over, expected] of cases) {
    const advice = adviceFor({ ...good, ...over }, now)
    assert.equal(advice.length, 1)
    assert.match(advice[0] ?? '', expected)
  }
  const stopped = { running: false as const, reason: 'not running', identity: null, spool: { bytes: 0 }, dropped: {} }
  assert.match(adviceFor(stopped, now)[0] ?? '', /enrol/)
})

test('losses are explained by cause, and hostile text cannot move the cursor', () => {
  const text = describeStatus(
    { ...good, dropped: { 'file.written:spool-full': 7, 'process.ended:queue-full': 12 }, version: '\x1b[2J' },
    now,
  )
  assert.match(text, /12 process\.ended:queue-full: came faster/)
  assert.match(text, /7 file\.written:spool-full: the spool was full/)
  assert.ok(!text.includes('\x1b'))
})
