/**
 * A token in, an identity in the state directory out. The server is believed only if the authority that the token names
 * vouches for it; the key never leaves this host.
 */
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { rmSync } from 'node:fs'
import { request } from 'node:https'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import type { EnrolmentAnswer } from '@rampart/api'
import { lockHolder } from '../host/lock.ts'
import { certificateRequest } from './certificate-request.ts'
import { type Identity, loadCredentials, readMachineId, saveCredentials } from './identity.ts'

export interface EnrolOptions {
  token: string
  stateDirectory: string
}
export type Enrolled =
  | { ok: true; identity: Identity }
  | {
      ok: false
      code: `enrol.${'invalid-token' | 'agent-running' | 'unreachable' | 'untrusted-server' | 'refused' | 'invalid-answer'}`
      message: string
    }
type Refusal = Extract<Enrolled, { ok: false }>

const timeoutMs = 15_000
const answerLimitBytes = 256 * 1024

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
  const posted = await post(new URL('/enrol', server), authority, body)
  if (!posted.ok) return posted
  const read = enrolmentAnswer.safeParse(posted.value)
  if (!read.success)
    return refusal('enrol.invalid-answer', `the server's answer is not understood: ${read.error.message}`)
  const answer = read.data
  const problem = checkAnswer(answer, authority, keys.publicKey.export({ type: 'spki', format: 'der' }))
  if (problem !== undefined) return { ok: false, code: 'enrol.invalid-answer', message: problem }

  const { assetId, certificate } = answer
  const identity: Identity = { assetId, server: answer.server, machineId, enrolledAt: new Date().toISOString() }
  const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const before = loadCredentials(stateDirectory)
  // What was seen under another identity can never be delivered under this one.
  if (before.ok && before.credentials.identity.assetId !== assetId)
    rmSync(join(stateDirectory, 'spool'), { recursive: true, force: true })
  saveCredentials(stateDirectory, { identity, key, certificate, authority })
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

type Answered = { ok: true; value: unknown } | Refusal

function post(url: URL, authority: string, body: object): Promise<Answered> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' }
    const options = { method: 'POST', headers, ca: authority, timeout: timeoutMs, agent: false }
    const call = request(url, options, (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > answerLimitBytes) response.destroy(new Error('the answer is too long'))
        else chunks.push(chunk)
      })
      response.once('error', (error) => resolve(refusal('enrol.invalid-answer', error.message)))
      response.once('end', () => resolve(readAnswer(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))))
    })
    call.once('timeout', () => call.destroy(new Error('no answer')))
    call.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        refusal(
          /certificate|altname|signature/i.test(error.message) ? 'enrol.untrusted-server' : 'enrol.unreachable',
          `${url.origin}: ${error.message}`,
        ),
      ),
    )
    call.end(JSON.stringify(body))
  })
}

const refusal = (code: Refusal['code'], message: string): Refusal => ({ ok: false, code, message })

function readAnswer(status: number, text: string): Answered {
  if (status !== 200 && status !== 201) {
    let said = `status ${status}`
    try {
      const { message, error } = JSON.parse(text)
      said = String(message ?? error?.message ?? said).slice(0, 300)
    } catch {
      // The status has to do.
    }
    return refusal('enrol.refused', `the server refused the token: ${said}`)
  }
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return refusal('enrol.invalid-answer', "the server's answer is no JSON")
  }
}

/** The certificate has to be for our key and from the authority of the token; another one would never connect. */
function checkAnswer(answer: EnrolmentAnswer, authority: string, publicKey: Buffer): string | undefined {
  try {
    const certificate = new X509Certificate(answer.certificate)
    if (!certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(publicKey))
      return 'the server sent a certificate for another key'
    if (!certificate.verify(new X509Certificate(authority).publicKey))
      return 'the server sent a certificate of another authority'
    const url = new URL(answer.server)
    return url.protocol === 'wss:' ? undefined : 'the server named an address without TLS'
  } catch (error) {
    return `the server sent an unusable identity: ${(error as Error).message}`
  }
}
