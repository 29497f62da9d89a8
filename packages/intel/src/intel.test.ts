import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createIndicatorSet, type IndicatorKind, indicatorKinds, parseIndicators } from './index.ts'

const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f'

function setOf(text: string) {
  const { indicators, issues } = parseIndicators(text, { name: 'test' })
  assert.deepEqual(issues, [])
  return createIndicatorSet(indicators)
}

test('each kind of a plain list is recognised and found', () => {
  const set = setOf(
    `# list\n192.0.2.7 botnet\n198.51.100.0/24\n2001:db8:0::/48\nbad.example.com\nhttp://Dl.example.net:80/x.sh\n${eicar.toUpperCase()}\n/tmp/.x`,
  )
  const cases: [IndicatorKind, string, string | undefined][] = [
    ['address', '192.0.2.7', '192.0.2.7'],
    ['address', '::ffff:192.0.2.7', '192.0.2.7'],
    ['address', '192.0.2.8', undefined],
    ['address', '198.51.100.200', '198.51.100.0/24'],
    ['address', '2001:db8::1', '2001:db8::/48'],
    ['address', '2001:db8:1::1', undefined],
    ['domain', 'bad.example.com', 'bad.example.com'],
    ['domain', 'a.b.BAD.example.com.', 'bad.example.com'],
    ['domain', 'notbad.example.com', undefined],
    ['domain', 'example.com', undefined],
    ['url', 'http://dl.example.net/x.sh?id=1', 'http://dl.example.net/x.sh'],
    ['url', 'http://dl.example.net/x.shx', undefined],
    ['hash', eicar, eicar],
    ['path', '/tmp/.x', '/tmp/.x'],
  ]
  for (const [kind, value, expected] of cases)
    assert.equal(set.lookup(kind, value, 0)?.value, expected, `${kind} ${value}`)
  assert.equal(set.lookup('address', '192.0.2.7', 0)?.threat, 'botnet')
})

test('an exact address wins over a network and a longer network over a shorter one', () => {
  const set = setOf('198.51.0.0/16\n198.51.100.0/24\n198.51.100.9')
  assert.equal(set.lookup('address', '198.51.100.9', 0)?.value, '198.51.100.9')
  assert.equal(set.lookup('address', '198.51.100.8', 0)?.value, '198.51.100.0/24')
  assert.equal(set.lookup('address', '198.51.7.8', 0)?.value, '198.51.0.0/16')
})

test('CSV columns in any order, quotes, and ageing by the time of the event', () => {
  const set = setOf(
    'threat,value,type,expires,valid_from\n"miner, ""x""",pool.example.org,domain,2026-01-02T00:00:00Z,2026-01-01T00:00:00Z',
  )
  const instant = Date.parse('2026-01-01T12:00:00Z')
  assert.equal(set.lookup('domain', 'pool.example.org', instant)?.threat, 'miner, "x"')
  assert.equal(set.lookup('domain', 'pool.example.org', Date.parse('2026-01-02T00:00:00Z')), undefined)
  assert.equal(set.lookup('domain', 'pool.example.org', Date.parse('2025-12-31T23:59:59Z')), undefined)
})

test('a bad line is named by its number and reason and stops nothing', () => {
  const parsed = parseIndicators(
    'indicator,kind,expiresAt\n192.0.2.1,address,\n0.0.0.0/0,address,\nx,planet,\n"open,\nb.example.com,domain,soon\nb.example.com,domain,',
    {
      name: 'mixed',
      path: 'mixed.csv',
    },
  )
  assert.deepEqual(
    parsed.issues.map((issue) => `${issue.path}:${issue.line} ${issue.code}`),
    [
      'mixed.csv:3 intel.not-an-indicator',
      'mixed.csv:4 intel.unknown-kind',
      'mixed.csv:5 intel.bad-row',
      'mixed.csv:6 intel.bad-time',
    ],
  )
  assert.equal(parsed.indicators.length, 2)
})

test('a list longer than its limit is cut with one issue', () => {
  const parsed = parseIndicators('192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.4', { name: 'long', maxIndicators: 2 })
  assert.equal(parsed.indicators.length, 2)
  assert.deepEqual(
    parsed.issues.map((issue) => [issue.code, issue.line]),
    [['intel.too-many', 3]],
  )
})

test('no text makes parsing or lookup throw', () => {
  const set = setOf('192.0.2.0/24\n2001:db8::/32\nbad.example.com\nhttp://x.example.com/')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...indicatorKinds), (text, kind) => {
      parseIndicators(text, { name: 'any' })
      parseIndicators(`indicator,kind\n${text}`, { name: 'any' })
      set.lookup(kind, text, 0)
    }),
    { numRuns: 500 },
  )
})
