/** What the server is told about the end of this agent: one request with its certificate. */
import { type Answered, askServer } from '../identity/ask-server.ts'
import type { Credentials } from '../identity/identity.ts'

/** As in packages/api. */
const uninstallPath = '/uninstall'

/** `body` is an `uninstallRequest` of packages/api. Never rejects. */
export function tellServer(
  { identity, authority, certificate, key }: Credentials,
  body: Record<string, unknown>,
): Promise<Answered> {
  const url = new URL(uninstallPath, identity.server.replace('wss:', 'https:'))
  return askServer(url, { ca: authority, cert: certificate, key }, body)
}
