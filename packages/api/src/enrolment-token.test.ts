import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatEnrolmentToken, parseEnrolmentToken } from './enrolment-token.ts'

const parts = {
  server: 'https://192.0.2.7:8443',
  authorityFingerprint: '0123456789abcdef'.repeat(4),
  secret: 'AbCdEf0123456789_-AbCdEf',
}

test('a token says what it was made of', () => {
  assert.deepEqual(parseEnrolmentToken(` ${formatEnrolmentToken(parts)}\n`), { ok: true, token: parts })
})

test('a cut, foreign or plain-text token is refused', () => {
  const token = formatEnrolmentToken(parts)
  for (const bad of [
    '',
    'x',
    token.slice(0, 40),
    token.replace('rampart1', 'rampart2'),
    `${token}.x`,
    'a'.repeat(9_999),
  ])
    assert.equal(parseEnrolmentToken(bad).ok, false, bad)
  assert.equal(parseEnrolmentToken(formatEnrolmentToken({ ...parts, server: 'http://192.0.2.7' })).ok, false)
})
