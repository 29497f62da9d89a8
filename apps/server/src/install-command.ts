/** The one line that "Add server" shows: it fetches the script from the agent port, whose key it pins, and gives it the token. */
import { createHash, X509Certificate } from 'node:crypto'
import { type EnrolmentToken, installScriptPath } from '@rampart/api'
import type { AgentPackage } from './agent-packages.ts'

/** The key of the first certificate of a PEM chain, as curl's --pinnedpubkey takes it. */
export function keyPin(chain: string): string {
  const key = new X509Certificate(chain).publicKey.export({ type: 'spki', format: 'der' })
  return `sha256//${createHash('sha256').update(key).digest('base64')}`
}

/**
 * Null without a package. curl's -k turns off the check against public authorities, which cannot know this server; the pin is checked all
 * the same. printf is part of every shell, so the token never is an argument of a process, and sudo does not see it either.
 */
export function installCommand(
  found: AgentPackage | null,
  origin: string,
  pin: string,
  token: string,
): EnrolmentToken['install'] {
  if (found === null) return null
  const { version, sizeBytes, sha256 } = found
  // Into a file that mktemp made: in the present directory, others could have put a link or a file of theirs there before.
  const fetched = `f=$(mktemp) && curl -fsSk --pinnedpubkey '${pin}' -o "$f" ${origin}${installScriptPath}`
  return { command: `${fetched} && printf '%s\\n' '${token}' | sh "$f"`, version, sizeBytes, sha256 }
}
