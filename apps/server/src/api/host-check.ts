/** The Host header of a request: a name that is not ours means that somebody's DNS points at us (DNS rebinding). */
import { isIP } from 'node:net'

/** IP addresses are fine: a rebinding attack needs a name. `names` are lower-case. */
export function isHostAllowed(header: string | undefined, names: readonly string[]): boolean {
  if (header === undefined) return false
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(header.toLowerCase())
  const host = match?.[1] ?? match?.[2]
  if (host === undefined) return false
  return isIP(host) !== 0 || host === 'localhost' || names.includes(host.replace(/\.$/, ''))
}
