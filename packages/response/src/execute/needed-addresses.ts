/** Addresses without which the host or its agent would be lost: its own, its gateways, its resolvers, its server, the approved ones. */
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { type AddressRange, overlaps, parseRange } from '@rampart/policy/address-range'
import type { ExecutionHost } from './host.ts'

export interface NeededAddress {
  range: AddressRange
  why: string
}

export function neededAddresses(host: ExecutionHost): NeededAddress[] {
  const found: NeededAddress[] = []
  const add = (text: string, why: string) => {
    const range = parseRange(text)
    if (range !== undefined) found.push({ range, why })
  }
  for (const text of ['127.0.0.0/8', '::1', '0.0.0.0', '::']) add(text, 'it is this host')
  for (const one of Object.values(networkInterfaces()).flat())
    add(one?.address.replace(/%.*/, '') ?? '', 'it is an address of this host')
  for (const address of host.server.addresses) add(address, 'it is the Rampart server')
  for (const address of resolvers()) add(address, 'the host asks it for names (DNS)')
  for (const address of gateways()) add(address, 'it is the gateway of this host')
  for (const address of host.policy.approvedAddresses) add(address, 'it is an approved address')
  return found
}

/** Why a range is never blocked, or undefined. */
export function reasonToSpare(range: AddressRange, host: ExecutionHost): string | undefined {
  const needed = neededAddresses(host).find((one) => overlaps(one.range, range))
  if (needed === undefined) return undefined
  return needed.range.text === range.text ? needed.why : `${needed.range.text} is in it: ${needed.why}`
}

export function resolvers(): string[] {
  return read('/etc/resolv.conf')
    .split('\n')
    .map((line) => /^\s*nameserver\s+([0-9a-fA-F.:]+)/.exec(line)?.[1])
    .filter((one) => one !== undefined)
}

/** Of the default routes. Source: /proc/net/route (little-endian hexadecimal), /proc/net/ipv6_route. */
export function gateways(): string[] {
  const four = read('/proc/net/route')
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([, destination, gateway]) => destination === '00000000' && gateway !== undefined && gateway !== '00000000')
    .map(([, , gateway = '']) =>
      (gateway.match(/../g) ?? [])
        .reverse()
        .map((byte) => Number.parseInt(byte, 16))
        .join('.'),
    )
  const six = read('/proc/net/ipv6_route')
    .split('\n')
    .map((line) => line.split(/\s+/))
    .filter(
      ([destination, prefix, , , via = '']) => /^0+$/.test(destination ?? '') && prefix === '00' && !/^0*$/.test(via),
    )
    .map(([, , , , via = '']) => (via.match(/..../g) ?? []).join(':'))
  return [...four, ...six]
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
