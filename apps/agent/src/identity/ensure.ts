/** An identity for a state directory: the one that is there if it still fits, or a new one by the token. */
import { createHash, X509Certificate } from 'node:crypto'
import type { Enrolled } from './enrol.ts'
import { type Identity, loadCredentials, saveCredentials } from './identity.ts'

/** Environment variable that may carry the token, so that it stands on no command line. */
export const tokenVariable = 'RAMPART_ENROLMENT_TOKEN'

export type Ensured = { ok: true; identity: Identity } | { ok: false; code: string; message: string }

/**
 * With an identity of the token's authority the token is not used, only the server's address is taken from it, which may have
 * changed. Without a token the identity has to be there.
 */
export async function ensureEnrolled(stateDirectory: string, token: string | undefined): Promise<Ensured> {
  const loaded = loadCredentials(stateDirectory)
  if (token === undefined || token.trim() === '')
    return loaded.ok ? { ok: true, identity: loaded.credentials.identity } : loaded
  const { parseEnrolmentToken } = await import('@rampart/api')
  const parsed = parseEnrolmentToken(token)
  if (!parsed.ok) return parsed
  if (loaded.ok && isSameAuthority(loaded.credentials.authority, parsed.token.authorityFingerprint)) {
    const { credentials } = loaded
    const server = new URL(parsed.token.server.replace('https:', 'wss:'))
    server.pathname = new URL(credentials.identity.server).pathname
    const identity = { ...credentials.identity, server: server.href }
    if (identity.server !== credentials.identity.server) saveCredentials(stateDirectory, { ...credentials, identity })
    return { ok: true, identity }
  }
  const { enrol } = await import('./enrol.ts')
  const enrolled: Enrolled = await enrol({ token, stateDirectory })
  return enrolled
}

function isSameAuthority(authority: string, fingerprint: string): boolean {
  return createHash('sha256').update(new X509Certificate(authority).raw).digest('hex') === fingerprint
}
