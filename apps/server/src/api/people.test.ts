/** Users, the own account, API tokens and the audit trail, over real HTTP. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { codeAt } from './one-time-code.ts'

const password = 'correct horse battery'
let shared: TestServer
let admin: TestConsole

before(async () => {
  shared = await startTestServer()
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.begin(shared.server.firstUser ?? { name: '', password: '' }, password)
})
after(() => shared?.end())

/** Adds a user and signs it in with a password of its own. */
async function person(name: string, role: string, groups: string[] | null = null): Promise<TestConsole> {
  const added = await admin.call('createUser', { body: { name, role, groups } })
  assert.equal(added.status, 200, JSON.stringify(added.body))
  const browser = new TestConsole(shared.server.consoleUrl)
  await browser.begin({ name, password: added.body.password }, password)
  return browser
}

const present = (secret: string) => codeAt(secret, Math.floor(Date.now() / 30_000))

test('a new user gets a one-time password, changes it, and is what the administrator said', async () => {
  const lin = await person('lin', 'analyst', ['blue'])
  const { user } = (await lin.call('getSession')).body
  assert.deepEqual(user, { name: 'lin', role: 'analyst', groups: ['blue'] })
  assert.equal((await admin.call('createUser', { body: { name: 'LIN', role: 'viewer' } })).body.code, 'user.exists')
  for (const name of ['', ' x', 'a/b', 'x'.repeat(65), '-x'])
    assert.equal(
      (await admin.call('createUser', { body: { name, role: 'viewer' } })).body.code,
      'request.invalid',
      name,
    )
  const bound = await admin.call('createUser', { body: { name: 'root', role: 'administrator', groups: ['blue'] } })
  assert.equal(bound.body.code, 'user.administrator-unbound')
})

test('another role takes the session along, a disabled or removed user is out at once', async () => {
  const mia = await person('mia', 'viewer')
  const text = (await mia.call('createToken', { body: { title: 'report', role: 'viewer' } })).body.text
  const program = new TestConsole(shared.server.consoleUrl)
  program.bearer = text
  assert.equal((await program.call('listAlerts')).status, 200)
  await admin.call('changeUser', { id: 'mia', body: { role: 'responder' } })
  assert.equal((await mia.call('getSession')).body.code, 'session.missing')
  await mia.signIn('mia', password)
  await admin.call('changeUser', { id: 'mia', body: { disabled: true } })
  assert.equal((await mia.call('getSession')).body.code, 'session.missing')
  assert.equal((await program.call('listAlerts')).body.code, 'token.invalid')
  assert.equal((await mia.signIn('mia', password)).body.code, 'session.wrong-password')
  await admin.call('changeUser', { id: 'mia', body: { disabled: false } })
  assert.equal((await mia.signIn('mia', password)).status, 200)
  const reset = (await admin.call('resetUserPassword', { id: 'mia' })).body
  assert.equal(reset.user.tokens, 0, 'what the old password made is gone')
  assert.equal((await mia.call('getSession')).body.code, 'session.missing')
  await admin.call('deleteUser', { id: 'mia' })
  assert.equal((await mia.signIn('mia', reset.password)).body.code, 'session.wrong-password')
  assert.equal((await admin.call('deleteUser', { id: 'mia' })).body.code, 'request.not-found')
})

test('the last administrator can be neither removed nor demoted nor disabled', async () => {
  const codes = [
    await admin.call('deleteUser', { id: 'admin' }),
    await admin.call('changeUser', { id: 'ADMIN', body: { role: 'viewer' } }),
    await admin.call('changeUser', { id: 'admin', body: { disabled: true } }),
  ].map((answer) => `${answer.status} ${answer.body.code}`)
  assert.deepEqual(new Set(codes), new Set(['409 user.last-administrator']))
  const second = await person('second', 'administrator')
  await admin.call('changeUser', { id: 'second', body: { disabled: true } })
  assert.equal(
    (await admin.call('deleteUser', { id: 'admin' })).body.code,
    'user.last-administrator',
    'one that cannot sign in does not count',
  )
  await admin.call('changeUser', { id: 'second', body: { disabled: false } })
  await second.signIn('second', password)
  assert.equal((await second.call('changeUser', { id: 'admin', body: { role: 'viewer' } })).status, 200)
  assert.equal((await second.call('changeUser', { id: 'admin', body: { role: 'administrator' } })).status, 200)
  await admin.signIn('admin', password)
  await admin.call('deleteUser', { id: 'second' })
})

test('one-time codes: set up with the password, needed from then on, reset by an administrator', async () => {
  const kim = await person('kim', 'responder')
  const other = new TestConsole(shared.server.consoleUrl)
  await other.signIn('kim', password)
  const offer = (given: string) => kim.call('offerSecondFactor', { body: { password: given } })
  assert.equal((await offer('wrong')).body.code, 'session.wrong-password')
  const { secret, uri, qr } = (await offer(password)).body
  assert.match(uri, new RegExp(`^otpauth://totp/.+:kim\\?secret=${secret}&issuer=Rampart`.replace(':kim', '%3Akim')))
  assert.ok(qr.length > 20 && qr.every((row: string) => row.length === qr.length && /^[01]+$/.test(row)))
  const wrong = present(secret) === '000000' ? '111111' : '000000'
  assert.equal((await kim.call('confirmSecondFactor', { body: { code: wrong } })).body.code, 'session.wrong-code')
  const before = kim.cookie
  const used = present(secret)
  const { codes } = (await kim.call('confirmSecondFactor', { body: { code: used } })).body
  assert.equal(codes.length, 10)
  assert.notEqual(kim.cookie, before, 'a new session')
  assert.equal((await other.call('getSession')).status, 401, 'the others ended')
  assert.equal((await other.signIn('kim', password)).body.code, 'session.code-required')
  assert.equal((await other.signIn('kim', password, used)).body.code, 'session.wrong-code', 'replayed')
  assert.equal((await other.signIn('kim', password, codes[0])).status, 200)
  assert.equal((await other.call('getAccount')).body.recoveryCodesLeft, 9)
  await admin.call('resetUserSecondFactor', { id: 'kim' })
  assert.equal((await other.call('getSession')).status, 401)
  assert.equal((await other.signIn('kim', password)).status, 200)
})

test('a role that needs one-time codes can do nothing before they are set up', async () => {
  const values = { 'signIn.secondFactorRoles': ['analyst'] }
  await admin.call('changeSettings', { body: { values } })
  const ada = await person('ada', 'analyst')
  assert.equal((await ada.call('getSession')).body.mustSetUpSecondFactor, true)
  assert.equal((await ada.call('listAlerts')).body.code, 'session.second-factor-required')
  assert.equal((await ada.fetch('GET', '/api/v1/stream')).status, 401)
  const { secret } = (await ada.call('offerSecondFactor', { body: { password } })).body
  assert.equal((await ada.call('confirmSecondFactor', { body: { code: present(secret) } })).status, 200)
  assert.equal((await ada.call('listAlerts')).status, 200)
  await admin.call('changeSettings', { body: { values: { 'signIn.secondFactorRoles': null } } })
})

test('own sessions are listed and ended, nobody else’s', async () => {
  const one = await person('noa', 'viewer')
  const two = new TestConsole(shared.server.consoleUrl)
  await two.signIn('noa', password)
  const { items } = (await one.call('listOwnSessions')).body
  assert.equal(items.length, 2)
  assert.deepEqual(items.map((item: { current: boolean }) => item.current).sort(), [false, true])
  const theirs = (await admin.call('listOwnSessions')).body.items[0].id
  assert.equal((await one.call('endOwnSession', { id: theirs })).status, 404)
  await one.call('endOwnSession', { id: items.find((item: { current: boolean }) => !item.current).id })
  assert.equal((await two.call('getSession')).status, 401)
  await two.signIn('noa', password)
  await one.call('endOtherSessions')
  assert.equal((await two.call('getSession')).status, 401)
  assert.equal((await one.call('getSession')).status, 200)
})

test('an API token: shown once, expires, revocable, never together with a cookie', async () => {
  const made = (await admin.call('createToken', { body: { title: 'export', role: 'analyst', days: 30 } })).body
  assert.match(made.text, /^rampart_[\w-]{43}$/)
  const { items } = (await admin.call('listTokens')).body
  assert.doesNotMatch(JSON.stringify(items), new RegExp(made.text))
  const program = new TestConsole(shared.server.consoleUrl)
  program.bearer = made.text
  assert.equal((await program.call('listAlerts')).status, 200)
  assert.equal((await program.call('listUsers')).body.code, 'session.not-allowed', 'its role is a ceiling')
  const both = new TestConsole(shared.server.consoleUrl)
  both.cookie = admin.cookie
  both.bearer = made.text
  assert.equal((await both.call('listAlerts')).body.code, 'request.two-identities')
  const used = (await admin.call('listTokens')).body.items[0]
  assert.equal(used.usedFrom, '127.0.0.1')
  const long = await admin.call('createToken', { body: { title: 'long', role: 'viewer', days: 366 } })
  assert.equal(long.body.code, 'token.lasts-too-long')
  assert.equal((await admin.call('revokeToken', { id: made.token.id })).status, 200)
  assert.equal((await program.call('listAlerts')).body.code, 'token.invalid')
  program.bearer = 'nonsense'
  assert.equal((await program.call('listAlerts')).body.code, 'token.invalid')
})

test('the audit trail is searched, exported without formulas, and its chain holds', async () => {
  const evil = new TestConsole(shared.server.consoleUrl)
  await evil.signIn('=HYPERLINK("http://198.51.100.7")', 'x')
  const page = (await admin.call('listAudit', { query: 'action=signIn&q=HYPERLINK' })).body
  assert.equal(page.total, 1)
  assert.equal(page.items[0].detail.refused, 'session.wrong-password')
  const first = (await admin.call('listAudit', { query: 'limit=2' })).body
  const second = (await admin.call('listAudit', { query: `limit=2&cursor=${first.nextCursor}` })).body
  assert.equal(first.items[1].number - 1, second.items[0].number)
  const csv = await admin.call('exportAudit', { query: 'format=csv&action=signIn' })
  assert.match(csv.headers.get('content-disposition') ?? '', /attachment; filename="rampart-audit-trail\.csv"/)
  assert.match(csv.body, /,"'=HYPERLINK\(""http/)
  const lines = (await admin.call('exportAudit', { query: 'format=ndjson' })).body.trim().split('\n')
  assert.equal(JSON.parse(lines[0]).action, 'exportAudit', 'taking it away is written down too')
  assert.ok(lines.length > 20)
  assert.doesNotMatch(lines.join('\n'), /correct horse|rampart_[\w-]{43}/)
  const verdict = (await admin.call('verifyAudit')).body
  assert.equal(verdict.intact, true)
  assert.match(verdict.head, /^[0-9a-f]{64}$/)
})
