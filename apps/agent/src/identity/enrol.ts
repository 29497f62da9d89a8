/**
 * A token in, an identity in the state directory out. The server is believed only if the authority that the token names
 * vouches for it; the key never leaves this host.
 */
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { rmSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import { lockHolder } from '../host/lock.ts'
import { askServer, checkCertificate, type Refusal, refusal, timeoutMs } from './ask-server.ts'
import { certificateRequest } from './certificate-request.ts'
import { type Identity, loadCredentials, readMachineId, saveCredentials, saveReleaseKey } from './identity.ts'

export interface EnrolOptions {
  token: string
  stateDirectory: string
}
export type Enrolled = { ok: true; identity: Identity } | Refusal

/** Enrols this host. An earlier identity in the same directory is replaced. */
export async function enrol({ token, stateDirectory }: EnrolOptions): Promise<Enrolled> {
  // Loaded here: the schemas are large and only an enrolment needs them.
  const { enrolmentAnswer, parseEnrolmentToken } = await import('@rampart/api')
  const parsed = parseEnrolmentToken(token)
  if (!parsed.ok) return parsed
  const holder = lockHolder(stateDirectory)
  if (holder !== undefined)
    return refusal('enrol.agent-running', `an agent runs on ${stateDirectory} (pid ${holder}): stop it first`)
  const { server, authorityFingerprint } = parsed.token
  const authority = await fetchAuthority(new URL(server), authorityFingerprint)
  if (typeof authority !== 'string') return authority

  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const machineId = readMachineId()
  const name = hostname().slice(0, 256)
  const body = {
    token: token.trim(),
    certificateRequest: certificateRequest(keys, name),
    host: { name, machineId },
  }
  const posted = await askServer(new URL('/enrol', server), { ca: authority }, body)
  if (!posted.ok) return posted
  const read = enrolmentAnswer.safeParse(posted.value)
  if (!read.success)
    return refusal('enrol.invalid-answer', `the server's answer is not understood: ${read.error.message}`)
  const answer = read.data
  const problem = checkCertificate(
    answer.certificate,
    authority,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
  )
  if (problem !== undefined) return refusal('enrol.invalid-answer', problem)
  if (!answer.server.startsWith('wss://'))
    return refusal('enrol.invalid-answer', 'the server named an address without TLS')

  const { assetId, certificate } = answer
  const identity: Identity = { assetId, server: answer.server, machineId, enrolledAt: new Date().toISOString() }
  const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const before = loadCredentials(stateDirectory)
  // What was seen under another identity can never be delivered under this one.
  if (before.ok && before.credentials.identity.assetId !== assetId)
    rmSync(join(stateDirectory, 'spool'), { recursive: true, force: true })
  saveCredentials(stateDirectory, { identity, key, certificate, authority })
  saveReleaseKey(stateDirectory, answer.releaseKey)
  return { ok: true, identity }
}

/** Asks the server for its certificate chain and takes the authority with the right fingerprint from it. Nothing is sent. */
function fetchAuthority(server: URL, fingerprint: string): Promise<string | Refusal> {
  return new Promise((resolve) => {
    const host = server.hostname.replace(/^\[|\]$/g, '')
    // The chain is judged by fingerprint below; the request itself then goes over a fully verified connection.
    const options = { host, port: Number(server.port || 443), rejectUnauthorized: false, timeout: timeoutMs }
    const socket = connect({ ...options, ...(isIP(host) ? {} : { servername: host }) }, () => {
      const authority = inChain(socket.getPeerCertificate(true), fingerprint)
      socket.destroy()
      resolve(
        authority ?? {
          ok: false,
          code: 'enrol.untrusted-server',
          message: `the server at ${server.origin} does not show the authority that the token names: wrong server, or someone in between`,
        },
      )
    })
    socket.once('timeout', () => socket.destroy(new Error('no answer')))
    socket.once('error', (error) =>
      resolve({ ok: false, code: 'enrol.unreachable', message: `cannot reach ${server.origin}: ${error.message}` }),
    )
  })
}

function inChain(leaf: DetailedPeerCertificate, fingerprint: string): string | undefined {
  const seen = new Set<string>()
  for (let certificate = leaf; certificate?.raw && !seen.has(certificate.fingerprint256); ) {
    seen.add(certificate.fingerprint256)
    if (createHash('sha256').update(certificate.raw).digest('hex') === fingerprint)
      return new X509Certificate(certificate.raw).toString()
    certificate = certificate.issuerCertificate
  }
  return undefined
}
