import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Database } from '@rampart/alert'
import { migrations } from '../store/migrations.ts'
import { People } from '../store/people.ts'
import { Seal } from '../store/sealed.ts'
import { temporaryDirectory } from '../testing/test-server.ts'
import { codeAt, hashRecoveryCode, newCodeSecret, newRecoveryCodes, stepOfCode } from './one-time-code.ts'
import { hashPassword } from './passwords.ts'
import { digest, publicIdOf, Sessions } from './sessions.ts'

const hour = 3_600_000
const password = 'correct horse battery'

/** Sessions on a database of their own, with a clock that the test moves. */
async function open(t: TestContext) {
  const directory = temporaryDirectory()
  const opened = Database.open(join(directory, 'rampart.db'), migrations)
  assert.ok(opened.ok)
  t.after(() => {
    opened.database.close()
    rmSync(directory, { recursive: true })
  })
  const seal = Seal.open(directory)
  assert.ok(seal.ok)
  const people = new People(opened.database, seal.value)
  people.add('lin', 'analyst', await hashPassword(password), false, 1)
  const clock = { now: 1_700_000_000_000 }
  const limits = () => ({ idleMs: 8 * hour, longestMs: 48 * hour, rotateMs: hour / 4 })
  const sessions = new Sessions(people, limits, () => clock.now)
  const signIn = (over: { password?: string; code?: string; address?: string; browserToken?: string } = {}) =>
    sessions.signIn({ username: 'lin', password, address: '192.0.2.1', browser: 'test', ...over })
  const tokenOf = async (over: Parameters<typeof signIn>[0] = {}) => {
    const result = await signIn(over)
    assert.ok(result.ok, JSON.stringify(result))
    return result.value.token
  }
  return { people, sessions, clock, signIn, tokenOf, database: opened.database }
}

test('wrong passwords tried at the same time are counted like those tried one after the other', async (t) => {
  const { signIn } = await open(t)
  const tries = await Promise.all(Array.from({ length: 14 }, (_, at) => signIn({ password: `wrong ${at}` })))
  assert.equal(tries.filter((one) => !one.ok && one.error.code === 'session.wrong-password').length, 10)
  assert.equal((await signIn()).ok, false)
  // Elsewhere the right one still works.
  for (let at = 0; at < 3; at++) assert.equal((await signIn({ address: '192.0.2.2' })).ok, true)
})

test('guessing from many addresses is stopped, and does not lock out who is signed in somewhere', async (t) => {
  const { signIn, tokenOf } = await open(t)
  await tokenOf({ address: '192.0.2.200' })
  const from = (at: number) => `198.51.100.${at}`
  for (let at = 0; at < 100; at++) await signIn({ password: 'wrong', address: from(at) })
  const stranger = await signIn({ address: from(101) })
  assert.equal(!stranger.ok && stranger.error.code, 'session.too-many-tries')
  assert.equal((await signIn({ address: '192.0.2.200' })).ok, true)
})

test('nobody can lock somebody out of a browser that was used before, not even from its own address', async (t) => {
  const { signIn, sessions, people, clock } = await open(t)
  const before = await signIn()
  assert.ok(before.ok)
  const browserToken = sessions.browserToken(before.value.session, undefined)
  people.sessions.endAll('lin')
  // Somebody behind the same address, and somebody with many.
  for (let at = 0; at < 40; at++) await signIn({ password: 'wrong' })
  for (let at = 0; at < 100; at++) await signIn({ password: 'wrong', address: `198.51.100.${at}` })
  const codeOf = async (over: Parameters<typeof signIn>[0]) => {
    const result = await signIn(over)
    return result.ok ? 'in' : result.error.code
  }
  assert.equal(await codeOf({}), 'session.too-many-tries')
  assert.equal(await codeOf({ browserToken: `${browserToken}x` }), 'session.too-many-tries')
  assert.equal(await codeOf({ browserToken }), 'in')
  assert.equal(sessions.browserToken(before.value.session, browserToken), browserToken, 'it stays the same')
  // Whoever took the token along can guess no more often than anybody else.
  const guesses: string[] = []
  for (let at = 0; at < 12; at++)
    guesses.push(await codeOf({ browserToken, password: 'wrong', address: `203.0.113.${at}` }))
  assert.deepEqual(guesses.slice(9), ['session.wrong-password', 'session.too-many-tries', 'session.too-many-tries'])
  // Another user is not known there; a reset password and ninety days end it.
  people.add('mia', 'viewer', await hashPassword(password), false, 1)
  assert.equal(people.browsers.isKnown('mia', digest(browserToken), clock.now), false)
  assert.equal(people.browsers.isKnown('lin', digest(browserToken), clock.now + 91 * 24 * hour), false)
  people.setPassword('lin', await hashPassword(password), true)
  assert.equal(people.browsers.isKnown('lin', digest(browserToken), clock.now), false)
})

test('with a right password stolen, wrong codes of the thief do not keep the owner out', async (t) => {
  const { signIn, sessions, people, clock } = await open(t)
  const before = await signIn()
  assert.ok(before.ok)
  const browserToken = sessions.browserToken(before.value.session, undefined)
  const secret = newCodeSecret()
  people.setCodeSecret('lin', secret, 0, [])
  const code = () => codeAt(secret, Math.floor(clock.now / 30_000))
  for (let at = 0; at < 12; at++) await signIn({ code: '000000', address: `198.51.100.${at}` })
  const elsewhere = await signIn({ code: code(), address: '198.51.100.200' })
  assert.equal(!elsewhere.ok && elsewhere.error.code, 'session.too-many-tries')
  assert.equal((await signIn({ code: code(), browserToken })).ok, true)
})

test('a session ends when nobody used it, and after its longest time even when used', async (t) => {
  const { sessions, clock, tokenOf } = await open(t)
  let token: string | undefined = await tokenOf()
  clock.now += 8 * hour - 1
  token = sessions.find(token)?.freshToken ?? token
  assert.ok(sessions.find(token), 'used in time')
  clock.now += 8 * hour + 1
  assert.equal(sessions.find(token), null, 'idle')
  token = await tokenOf()
  for (let hours = 0; hours < 48; hours += 4) {
    const session = sessions.find(token)
    assert.ok(session)
    token = session.freshToken ?? token
    clock.now += 4 * hour
  }
  clock.now += 1
  assert.equal(sessions.find(token), null, 'too old')
})

test('the token changes; the one before is good for a moment, and later ends the session', async (t) => {
  const { people, sessions, clock, tokenOf } = await open(t)
  const first = await tokenOf()
  clock.now += hour / 4 + 1
  const rotated = sessions.find(first)
  assert.ok(rotated?.freshToken)
  const second = rotated.freshToken
  assert.notEqual(second, first)
  assert.equal(sessions.find(first)?.freshToken, second, 'a request that was under way learns it too')
  assert.equal(sessions.find(second)?.csrfToken, rotated.csrfToken)
  clock.now += 61_000
  assert.ok(sessions.find(second))
  assert.equal(sessions.find(first), null, 'somebody copied it')
  assert.equal(sessions.find(second), null, 'and so it is over for both')
  const [row] = people.trail.list({ action: ['session.replayed'] }, 1)
  assert.deepEqual(row?.detail, { ended: publicIdOf(rotated.id) })
})

test('looking does not keep a session alive, and neither does a user who was disabled', async (t) => {
  const { people, sessions, clock, tokenOf, signIn } = await open(t)
  const token = await tokenOf()
  const { id } = sessions.find(token) ?? { id: '' }
  clock.now += 8 * hour
  assert.ok(sessions.present(id))
  clock.now += 2
  assert.equal(sessions.present(id), null)
  const other = await tokenOf()
  people.setDisabled('lin', true)
  assert.equal(sessions.find(other), null)
  const refused = await signIn()
  assert.equal(!refused.ok && refused.error.code, 'session.wrong-password')
})

test('one-time codes are those of RFC 6238', () => {
  // Appendix B: the secret is the text 12345678901234567890; its codes have 8 digits, of which these are the last 6.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ] as const)
    assert.equal(codeAt(secret, Math.floor(seconds / 30)), code)
  const now = 59_000
  assert.equal(stepOfCode(secret, '287082', now, 0), 1)
  assert.equal(stepOfCode(secret, '287082', now + 30_000, 0), 1, 'a slow hand')
  assert.equal(stepOfCode(secret, '287082', now + 90_000, 0), null)
  assert.equal(stepOfCode(secret, '287082', now, 1), null, 'used before')
  for (const wrong of ['', '28708', '2870822', 'abcdef', '٢٨٧٠٨٢'])
    assert.equal(stepOfCode(secret, wrong, now, 0), null)
  assert.match(newCodeSecret(), /^[A-Z2-7]{32}$/)
})

test('a user with a second factor needs it; a code and a recovery code are good once', async (t) => {
  const { people, clock, signIn } = await open(t)
  const secret = newCodeSecret()
  const codes = newRecoveryCodes()
  assert.equal(new Set(codes).size, 10)
  people.setCodeSecret('lin', secret, 0, codes.map(hashRecoveryCode))
  const outcome = async (code?: string) => {
    const result = await signIn({ code })
    return result.ok ? 'in' : result.error.code
  }
  const present = () => codeAt(secret, Math.floor(clock.now / 30_000))
  assert.equal(await outcome(), 'session.code-required')
  assert.equal(await outcome('000000'), present() === '000000' ? 'in' : 'session.wrong-code')
  const code = present()
  assert.equal(await outcome(code), 'in')
  assert.equal(await outcome(code), 'session.wrong-code', 'replayed')
  clock.now += 30_000
  assert.equal(await outcome(`${present().slice(0, 3)} ${present().slice(3)}`), 'in')
  assert.equal(await outcome(codes[3]?.toUpperCase()), 'in')
  assert.equal(await outcome(codes[3]), 'session.wrong-code', 'used up')
  assert.equal(people.recoveryCodesLeft('lin'), 9)
  const wrong = await signIn({ password: 'wrong', code: present() })
  assert.equal(!wrong.ok && wrong.error.code, 'session.wrong-password')
  for (let at = 0; at < 12; at++) await signIn({ code: '000000', address: `198.51.100.${at}` })
  clock.now += 30_000
  const guessed = await signIn({ code: present(), address: '198.51.100.99' })
  assert.equal(!guessed.ok && guessed.error.code, 'session.too-many-tries', 'codes are not guessed from many addresses')
})
