/** A socket address in hex, as audit records have it → its parts. */
import { canonicalAddress, trimEndOf } from '../draft.ts'

export type SocketAddressParts =
  | { family: 'inet' | 'inet6'; address: string; port: number }
  | { family: 'local'; path: string }
  | { family: 'netlink' | 'packet' | 'other' }

/** Decodes `saddr`. Undefined when it is no hex or too short. The family is little-endian, the port big-endian. */
export function decodeSocketAddress(text: string): SocketAddressParts | undefined {
  if (!/^(?:[0-9A-Fa-f]{2}){2,128}$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'hex')
  const family = bytes.readUInt16LE(0)
  if (family === 2 && bytes.length >= 8)
    return { family: 'inet', port: bytes.readUInt16BE(2), address: [...bytes.subarray(4, 8)].join('.') }
  if (family === 10 && bytes.length >= 24) {
    const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(8 + at * 2).toString(16)).join(':')
    return { family: 'inet6', port: bytes.readUInt16BE(2), address: canonicalAddress(groups) ?? groups }
  }
  if (family === 1) {
    // An abstract name begins with a zero byte; tools write it as `@`.
    const path = trimEndOf(bytes.subarray(2).toString('utf8'), '\0').replace(/^\0/, '@')
    return { family: 'local', path }
  }
  return { family: family === 16 ? 'netlink' : family === 17 ? 'packet' : 'other' }
}
