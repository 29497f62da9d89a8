/** Names and addresses under which this server is reached, for its certificate and the Host check. */

import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'

const always = ['localhost', '127.0.0.1', '::1']

/** Every name a client may use when the server listens on `host`. */
export function reachableNames(host: string, given: readonly string[]): string[] {
  const own = hostname().toLowerCase()
  const names = [...always, ...given.map((name) => name.toLowerCase()), own].filter(isName)
  if (host === '::' || host === '0.0.0.0') return [...new Set([...names, ...interfaceAddresses()])]
  return [...new Set(isIP(host) ? [...names, host] : names)]
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => !address.internal && !address.address.startsWith('fe80:'))
    .map((address) => address.address)
}

const isName = (name: string) => isIP(name) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)

/** A host to write into an address: where the server listens, or for all interfaces how the caller or its owner calls it. */
export function reachableHost(listen: string, asked: string | null, names: readonly string[]): string {
  if (listen !== '::' && listen !== '0.0.0.0') return listen
  return asked ?? names[0] ?? hostname()
}
