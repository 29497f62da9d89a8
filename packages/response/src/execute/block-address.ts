/** Blocks an address or range in our own nftables table, or takes the block back. */
import { overlaps, parseRange } from '@rampart/policy/address-range'
import { done, failed, refused } from '../outcome.ts'
import type { TaskOutcome, TaskParameters } from '../task.ts'
import { Firewall } from './firewall.ts'
import type { ExecutionHost } from './host.ts'
import { reasonToSpare } from './needed-addresses.ts'

const directionWords = { in: 'from', out: 'to', both: 'from and to' } as const

export function blockAddress(
  { rule, address, direction, expiresInMs }: TaskParameters['block-address'],
  host: ExecutionHost,
): TaskOutcome {
  const range = parseRange(address)
  if (range === undefined) return refused('address.invalid', `"${address}" is no IP address and no range.`)
  const needed = reasonToSpare(range, host)
  if (needed !== undefined)
    return refused('address.protected', `${range.text} is never blocked on this host: ${needed}.`)
  const now = Date.now()
  const until = expiresInMs === null ? null : now + expiresInMs
  const result = new Firewall(host.directory).change(
    (wanted) => ({
      ...wanted,
      blocks: [...wanted.blocks.filter((one) => one.rule !== rule), { rule, address: range.text, direction, until }],
    }),
    now,
  )
  if (!result.ok) return failed(result.code, result.message)
  return done('address.blocked', `Connections ${directionWords[direction]} ${range.text} are dropped.`, {
    rule,
    address: range.text,
    until,
  })
}

export function unblockAddress({ rule }: TaskParameters['unblock-address'], host: ExecutionHost): TaskOutcome {
  const firewall = new Firewall(host.directory)
  const known = firewall.wanted(Date.now()).blocks.find((one) => one.rule === rule)
  if (known === undefined) return done('address.not-blocked', 'It is not blocked on this host.', { rule })
  const result = firewall.change(
    (wanted) => ({ ...wanted, blocks: wanted.blocks.filter((one) => one.rule !== rule) }),
    Date.now(),
  )
  if (!result.ok) return failed(result.code, result.message)
  const details = { rule, address: known.address }
  const range = parseRange(known.address)
  const isStill = firewall.wanted(Date.now()).blocks.some((one) => {
    const other = parseRange(one.address)
    return range !== undefined && other !== undefined && overlaps(range, other)
  })
  if (isStill)
    return done('address.rule-lifted', `The rule is lifted; another one still blocks ${known.address} here.`, details)
  return done('address.unblocked', `${known.address} is not blocked any more.`, details)
}
