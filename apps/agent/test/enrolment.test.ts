/** Enrolment: who is believed and who is not. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadCredentials, needsRenewal } from '../src/identity/identity.ts'
import { renewCertificate } from '../src/identity/renew.ts'
import { enrol, ensureEnrolled } from '../src/index.ts'
import { createAuthority } from './authority.ts'
import { TestAgent, until } from './harness.ts'
import { TestServer } from './server.ts'

async function started() {
  const server = await TestServer.start()
  const agent = new TestAgent()
  return {
    server,
    agent,
    [Symbol.asyncDispose]: async () => void (await Promise.all([server.vanish(), agent.remove()])),
  }
}

test('a good token gives an identity: a private key of its own, a certificate for it', async () => {
  await using parts = await started()
  const { server, agent } = parts
  const enrolled = await enrol({ token: ` ${server.token}\n`, stateDirectory: agent.state })
  assert.ok(enrolled.ok)
  assert.equal(enrolled.identity.assetId, server.assetId)
  assert.equal(statSync(join(agent.state, 'key.pem')).mode & 0o777, 0o600)
  assert.equal(
    createPublicKey(readFileSync(join(agent.state, 'key.pem'))).asymmetricKeyDetails?.namedCurve,
    'prime256v1',
  )
  const text = execFileSync('openssl', ['x509', '-in', join(agent.state, 'certificate.pem'), '-noout', '-subject'], {
    encoding: 'utf8',
  })
  assert.match(text, /host-test/)
})

test('a server that is not of the authority in the token gets nothing', async () => {
  await using parts = await started()
  const { server, agent } = parts
  const other = await createAuthority()
  const forged = server.token.replace(
    Buffer.from(server.authority.fingerprint, 'hex').toString('base64url'),
    Buffer.from(other.fingerprint, 'hex').toString('base64url'),
  )
  const refused = await enrol({ token: forged, stateDirectory: agent.state })
  assert.ok(!refused.ok && refused.code === 'enrol.untrusted-server', JSON.stringify(refused))
})

test('someone in between who appends the real authority to a chain of his own gets nothing', async () => {
  await using parts = await started()
  const { agent } = parts
  const real = await createAuthority()
  const impostor = await TestServer.start(await createAuthority())
  try {
    const own = impostor.authority.server.bind(impostor.authority)
    await impostor.vanish()
    impostor.authority.server = async (usage) => {
      const pair = await own(usage)
      return { ...pair, cert: `${pair.cert}\n${real.pem}` }
    }
    await impostor.listen()
    const token = impostor.token.replace(
      Buffer.from(impostor.authority.fingerprint, 'hex').toString('base64url'),
      Buffer.from(real.fingerprint, 'hex').toString('base64url'),
    )
    const refused = await enrol({ token, stateDirectory: agent.state })
    assert.ok(!refused.ok && refused.code === 'enrol.untrusted-server', JSON.stringify(refused))
  } finally {
    await impostor.vanish()
  }
})

test('an unknown token, a damaged one and a server that is not there are told apart', async () => {
  await using parts = await started()
  const { server, agent } = parts
  const code = async (token: string) => {
    const refused = await enrol({ token, stateDirectory: agent.state })
    return refused.ok ? 'ok' : refused.code
  }
  assert.equal(await code(server.token.replace('test-secret', 'best-secret')), 'enrol.refused')
  assert.equal(await code(server.token.slice(0, 30)), 'enrol.invalid-token')
  const { token } = server
  await server.vanish()
  assert.equal(await code(token), 'enrol.unreachable')
})

test('another agent that poses as the server is not believed: its certificate is for clients', async () => {
  await using parts = await started()
  const { server, agent } = parts
  assert.ok((await enrol({ token: server.token, stateDirectory: agent.state })).ok)
  await server.vanish()
  const posing = server.authority.server.bind(server.authority)
  server.authority.server = () => posing('client')
  await server.listen()
  agent.start()
  await until('the refusal', () => /not connected: .*(purpose|not one of a server)/.test(agent.errors))
  assert.equal(server.hellos.length, 0)
})

test('with an identity a token of the same authority only tells the address; of another one it enrols anew', async () => {
  await using parts = await started()
  const { server, agent } = parts
  const first = await ensureEnrolled(agent.state, server.token)
  assert.ok(first.ok)
  const certificate = readFileSync(join(agent.state, 'certificate.pem'), 'utf8')
  await server.vanish()
  server.port = 0
  await server.listen()
  const second = await ensureEnrolled(agent.state, server.token)
  assert.ok(second.ok && second.identity.server.includes(`:${server.port}/`))
  assert.equal(readFileSync(join(agent.state, 'certificate.pem'), 'utf8'), certificate)
  const other = await TestServer.start()
  assert.ok((await ensureEnrolled(agent.state, other.token)).ok)
  assert.notEqual(readFileSync(join(agent.state, 'certificate.pem'), 'utf8'), certificate)
  await other.vanish()
})

test('a certificate is renewed with a new key; a renewal that is cut off in the middle leaves a usable identity', async () => {
  await using parts = await started()
  const { server, agent } = parts
  assert.ok((await enrol({ token: server.token, stateDirectory: agent.state })).ok)
  const before = loadCredentials(agent.state)
  assert.ok(before.ok)
  const lifeMs = 86_400_000
  assert.equal(needsRenewal(before.credentials.certificate, Date.now()), false)
  assert.equal(needsRenewal(before.credentials.certificate, Date.now() + lifeMs * 0.7), true)
  const renewed = await renewCertificate(agent.state, before.credentials)
  assert.ok(renewed.ok)
  const after = loadCredentials(agent.state)
  assert.ok(after.ok)
  assert.notEqual(after.credentials.key, before.credentials.key)
  agent.start()
  await until('a connection with it', () => server.hellos.length === 1)
  await agent.end('SIGTERM')

  // The key has its new name already, the certificate not yet.
  renameSync(join(agent.state, 'certificate.pem'), join(agent.state, 'certificate.pem.new'))
  writeFileSync(join(agent.state, 'certificate.pem'), before.credentials.certificate)
  const repaired = loadCredentials(agent.state)
  assert.ok(repaired.ok)
  assert.deepEqual(repaired.credentials, after.credentials)

  const stranger = await TestServer.start()
  const refused = await renewCertificate(agent.state, {
    ...after.credentials,
    identity: { ...after.credentials.identity, server: `wss://127.0.0.1:${stranger.port}/agent` },
  })
  assert.ok(!refused.ok && refused.code === 'enrol.untrusted-server')
  await stranger.vanish()
})
