/** What receivers there are to be: as decided by the server's policy or on the command line, read with care. */

export const receiverKinds = ['syslog-udp', 'syslog-tcp', 'syslog-tls', 'http', 'beats'] as const
export type ReceiverKind = (typeof receiverKinds)[number]

/** One address to listen on. Nothing listens unless people said so. */
export interface ReceiverSettings {
  kind: ReceiverKind
  /** `address:port`; IPv6 in brackets. */
  listen: string
  /** Addresses and networks that may send. Needed for an address other than loopback; loopback may always. */
  allow: string[]
  /** SHA-256, hexadecimal, of the bearer token that HTTP senders must show. */
  tokenSha256?: string
  /** Files of this host, PEM. With `clientAuthority` senders must show a certificate that it signed. */
  tls?: { certificate: string; key: string; clientAuthority?: string }
}

const address = /^(?:\[([0-9a-fA-F:]{2,45})\]|(\d{1,3}(?:\.\d{1,3}){3}|localhost)):(\d{1,5})$/

/** Takes `address:port` apart. */
export function splitListen(listen: string): { host: string; port: number } | undefined {
  const found = address.exec(listen)
  const port = Number(found?.[3])
  if (!found || port > 65_535) return undefined
  return { host: found[1] ?? found[2] ?? '', port }
}

export const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127\./.test(host)

const isPath = (value: unknown): value is string => typeof value === 'string' && /^\/[^\0]{1,4095}$/.test(value)

/** Receivers in what people decided, at most 16; one that is not usable is left out. */
export function readReceivers(value: unknown): ReceiverSettings[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, 16).flatMap((one: unknown): ReceiverSettings[] => {
    const { kind, listen, allow, tokenSha256, tls } = (one ?? {}) as Record<string, unknown>
    const known = receiverKinds.find((name) => name === kind)
    if (known === undefined || typeof listen !== 'string' || splitListen(listen) === undefined) return []
    const settings: ReceiverSettings = { kind: known, listen, allow: [] }
    if (Array.isArray(allow))
      settings.allow = allow
        .filter((text): text is string => typeof text === 'string' && text.length <= 64)
        .slice(0, 256)
    if (typeof tokenSha256 === 'string' && /^[0-9a-f]{64}$/.test(tokenSha256)) settings.tokenSha256 = tokenSha256
    const files = (tls ?? {}) as Record<string, unknown>
    if (isPath(files.certificate) && isPath(files.key))
      settings.tls = {
        certificate: files.certificate,
        key: files.key,
        ...(isPath(files.clientAuthority) && { clientAuthority: files.clientAuthority }),
      }
    return [settings]
  })
}
