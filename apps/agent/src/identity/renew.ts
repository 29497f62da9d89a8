/** The present certificate in, a new one for a new key out, asked of the server over mutual TLS. */
import { generateKeyPairSync } from 'node:crypto'
import { askServer, checkCertificate, type Refusal, refusal } from './ask-server.ts'
import { certificateRequest } from './certificate-request.ts'
import { type Credentials, saveKeyPair, saveReleaseKey } from './identity.ts'

export type Renewed = { ok: true; credentials: Credentials } | Refusal

/** Renews and writes key and certificate. Whatever happens meanwhile, the state directory holds a pair that fits. */
export async function renewCertificate(stateDirectory: string, present: Credentials): Promise<Renewed> {
  const { identity, authority } = present
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const url = new URL('/renew', identity.server.replace('wss:', 'https:'))
  const body = { certificateRequest: certificateRequest(keys, identity.assetId) }
  const answered = await askServer(url, { ca: authority, cert: present.certificate, key: present.key }, body)
  if (!answered.ok) return answered
  const { certificate, releaseKey } = (answered.value ?? {}) as { certificate?: unknown; releaseKey?: unknown }
  if (typeof certificate !== 'string') return refusal('enrol.invalid-answer', 'the server sent no certificate')
  const problem = checkCertificate(certificate, authority, keys.publicKey.export({ type: 'spki', format: 'der' }))
  if (problem !== undefined) return refusal('enrol.invalid-answer', problem)
  const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  saveKeyPair(stateDirectory, key, certificate)
  saveReleaseKey(stateDirectory, releaseKey)
  return { ok: true, credentials: { ...present, key, certificate } }
}
