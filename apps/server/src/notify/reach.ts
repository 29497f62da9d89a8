/** Which address a channel may connect to: a name is looked up once, and the connection goes to what was checked. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Why a message did not get through. `final` errors are not tried again by themselves. */
export class DeliveryError extends Error {
  readonly code: string
  readonly final: boolean

  constructor(code: string, message: string, final = false) {
    super(message)
    this.code = code
    this.final = final
  }
}

/**
 * True for addresses of the public internet; loopback, private, link-local and reserved ones are not, and neither is IPv6
 * outside of 2000::/3, where an IPv4 address may be meant (`::10.0.0.1`, NAT64).
 */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || ((parsed.toByteArray()[0] ?? 0) & 0xe0) === 0x20)
}

/**
 * The address behind a host name. Unless private ones are allowed, one private address among the answers refuses the name:
 * whoever answers for it could give that one next time.
 */
export async function reach(host: string, allowPrivate: boolean): Promise<string> {
  const bare = host.replace(/^\[|\]$/g, '')
  const answers = isIP(bare) ? [{ address: bare }] : await resolve(bare)
  const [first] = answers
  if (!first)
    throw new DeliveryError('notify.unknown-host', `${bare} has no address. Check the name and the DNS of this server.`)
  const refused = allowPrivate ? undefined : answers.find(({ address }) => !isPublic(address))
  if (refused)
    throw new DeliveryError(
      'notify.private-address',
      `${bare} is at ${refused.address}, which is not a public address. Allow private addresses in this channel if that is meant.`,
      true,
    )
  return first.address
}

async function resolve(host: string): Promise<{ address: string }[]> {
  try {
    return await lookup(host, { all: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new DeliveryError(
      'notify.unknown-host',
      `${host} was not found (${code}). Check the name and the DNS of this server.`,
    )
  }
}
