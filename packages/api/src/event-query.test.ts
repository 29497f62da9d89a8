import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAddress, parseAddressRange } from './address-range.ts'
import { parseEventQuery } from './event-query.ts'

const conditions = (query: string) => {
  const parsed = parseEventQuery(query)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.terms.map((term) => term.condition)
}
const issue = (query: string) => {
  const parsed = parseEventQuery(query)
  if (parsed.ok) return null
  const { code, at, length } = parsed.issue
  return { code, at, length }
}

test('terms are fields, words and quoted text, each with its place', () => {
  const query = 'process.name:curl  destination.address:192.0.2.0/24 -user.name:root "exact  text"'
  const parsed = parseEventQuery(query)
  assert.ok(parsed.ok)
  assert.deepEqual(
    parsed.terms.map(({ at, length }) => query.slice(at, at + length)),
    ['process.name:curl', 'destination.address:192.0.2.0/24', '-user.name:root', '"exact  text"'],
  )
  assert.deepEqual(
    parsed.terms.map((term) => term.condition),
    [
      { field: 'process.name', negated: false, any: [{ is: 'equals', value: 'curl' }] },
      {
        field: 'destination.address',
        negated: false,
        any: [{ is: 'within', first: '00000000000000000000ffffc0000200', last: '00000000000000000000ffffc00002ff' }],
      },
      { field: 'user.name', negated: true, any: [{ is: 'equals', value: 'root' }] },
      { field: null, negated: false, any: [{ is: 'contains', value: 'exact  text' }] },
    ],
  )
})

test('stars, lists, ranges, paths', () => {
  const tests = (query: string) => conditions(query)[0]?.any
  assert.deepEqual(tests('file.path:/etc/*'), [{ is: 'startsWith', value: '/etc/' }])
  assert.deepEqual(tests('file.path:*.php'), [{ is: 'endsWith', value: '.php' }])
  assert.deepEqual(tests('file.path:*"a b"*'), [{ is: 'contains', value: 'a b' }])
  assert.deepEqual(tests('file.path:a*b'), [{ is: 'equals', value: 'a*b' }])
  assert.deepEqual(tests('file.path:"*"'), [{ is: 'equals', value: '*' }])
  assert.deepEqual(tests('file.path:*'), [{ is: 'present' }])
  assert.deepEqual(tests('type:(process.started dns.asked)'), [
    { is: 'equals', value: 'process.started' },
    { is: 'equals', value: 'dns.asked' },
  ])
  assert.deepEqual(tests('destination.port:1..1023'), [{ is: 'range', from: 1, to: 1023 }])
  assert.deepEqual(tests('destination.port:>1023'), [{ is: 'range', from: 1024, to: Number.MAX_SAFE_INTEGER }])
  assert.deepEqual(tests('event.fields.EventID:4625'), [{ is: 'equals', value: '4625' }])
  assert.deepEqual(conditions('http://192.0.2.1/x 12:30 -- -'), [
    { field: null, negated: false, any: [{ is: 'contains', value: 'http://192.0.2.1/x' }] },
    { field: null, negated: false, any: [{ is: 'contains', value: '12:30' }] },
    { field: null, negated: true, any: [{ is: 'contains', value: '-' }] },
    { field: null, negated: false, any: [{ is: 'contains', value: '-' }] },
  ])
})

test('mistakes are named with their place', () => {
  assert.deepEqual(issue('a proces.name:x'), { code: 'query.unknown-field', at: 2, length: 11 })
  assert.deepEqual(issue('user.name: x'), { code: 'query.missing-value', at: 10, length: 1 })
  assert.deepEqual(issue('x "abc'), { code: 'query.unclosed-quote', at: 2, length: 4 })
  assert.deepEqual(issue('type:(a b'), { code: 'query.unclosed-list', at: 5, length: 4 })
  assert.deepEqual(issue('process.pid:abc'), { code: 'query.not-a-number', at: 12, length: 3 })
  assert.deepEqual(issue('source.address:300.1.1.1'), { code: 'query.not-an-address', at: 15, length: 9 })
  assert.equal(issue('a '.repeat(65))?.code, 'query.too-many-terms')
  assert.equal(issue('a'.repeat(5000))?.code, 'query.too-long')
})

test('any text is parsed or refused, quickly and without an exception', () => {
  for (const piece of ['"', '\\', '(', 'type:(', '*', '-', ':', 'type:"', '\u0000', '字', '😀'])
    for (const count of [1, 7, 4000]) parseEventQuery(piece.repeat(count).slice(0, 4096))
})

test('addresses and ranges', () => {
  assert.equal(parseAddress('2001:db8::1'), '20010db8000000000000000000000001')
  assert.equal(parseAddress('::ffff:192.0.2.1'), parseAddress('192.0.2.1'))
  assert.equal(parseAddress('::'), '0'.repeat(32))
  for (const wrong of ['1.2.3', '1.2.3.256', '2001:db8', ':::', '1::2::3', 'g::', '12345::', '', '1:2:3:4:5:6:7:8:9'])
    assert.equal(parseAddress(wrong), null, wrong)
  assert.deepEqual(parseAddressRange('2001:db8::/126'), {
    first: '20010db8000000000000000000000000',
    last: '20010db8000000000000000000000003',
  })
  for (const wrong of ['192.0.2.0/33', '192.0.2.0/', '2001:db8::/129', '192.0.2.0/-1'])
    assert.equal(parseAddressRange(wrong), null)
})
