/** Cuts the host off from the network but for its agent's connection, and lets it back. */
import { isIP } from 'node:net'
import { parseRange } from '@rampart/policy/address-range'
import { done, failed, refused } from '../outcome.ts'
import type { TaskOutcome, TaskParameters } from '../task.ts'
import { Firewall } from './firewall.ts'
import type { ExecutionHost } from './host.ts'
import { resolvers } from './needed-addresses.ts'

export function isolateHost({ allow, expiresInMs }: TaskParameters['isolate-host'], host: ExecutionHost): TaskOutcome {
  const { addresses, port } = host.server
  if (addresses.length === 0)
    return refused(
      'host.server-unknown',
      'The address of the server is not known now: the host would be cut off from it for good.',
    )
  const ranges = allow.map(parseRange)
  if (ranges.includes(undefined)) return refused('address.invalid', 'One of the allowed addresses is none.')
  const now = Date.now()
  const until = expiresInMs === null ? null : now + expiresInMs
  const result = new Firewall(host.directory).change(
    (wanted) => ({
      ...wanted,
      isolation: {
        allow: ranges.map((range) => range?.text ?? ''),
        server: { addresses: [...addresses], port },
        resolvers: isIP(host.server.host) === 0 ? resolvers() : [],
        until,
      },
    }),
    now,
  )
  if (!result.ok) return failed(result.code, result.message)
  return done('host.isolated', 'The host talks to nobody but the Rampart server and the allowed addresses.', {
    until,
    allow,
  })
}

export function releaseHost(_parameters: unknown, host: ExecutionHost): TaskOutcome {
  const firewall = new Firewall(host.directory)
  if (firewall.wanted(Date.now()).isolation === null) return done('host.not-isolated', 'The host is not isolated.')
  const result = firewall.change((wanted) => ({ ...wanted, isolation: null }), Date.now())
  return result.ok ? done('host.released', 'The host is on the network again.') : failed(result.code, result.message)
}
