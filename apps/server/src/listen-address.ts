/** `127.0.0.1:7350`, `[::1]:7350`, `:7350` or `7350` → host and port. */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { fail, ok, type Result, type StartError } from './errors.ts'

export interface ListenAddress {
  host: string
  /** 0 asks the system for a free one. */
  port: number
}

/** An address without a host means all interfaces. */
export function parseListenAddress(text: string): Result<ListenAddress> {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d{1,5})$/.exec(text.trim())
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2] ?? ''
  if (!match || port > 65_535 || (host !== '' && host !== 'localhost' && isIP(host) === 0))
    return fail<StartError>({
      code: 'listen.invalid-address',
      message: `"${text}" is no address to listen on. Give an IP address and a port, e.g. 127.0.0.1:7350 or [::1]:7350.`,
    })
  return ok({ host: host === '' ? '::' : host, port })
}

/** True when only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback'
}

/** `host:port` with brackets where they belong. */
export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The sentence for a port that cannot be opened. */
export function listenError(address: ListenAddress, option: string, cause: unknown): StartError {
  const code = (cause as { code?: string })?.code
  const where = formatAddress(address)
  if (code === 'EADDRINUSE')
    return {
      code: 'listen.port-in-use',
      message: `${where} is taken by another program ("ss -ltnp" shows which). Stop it, or choose another address with ${option}.`,
      cause,
    }
  if (code === 'EACCES')
    return {
      code: 'listen.not-permitted',
      message: `This user may not listen on ${where}. Choose a port from 1024 on with ${option}, or start as root.`,
      cause,
    }
  if (code === 'EADDRNOTAVAIL')
    return {
      code: 'listen.failed',
      message: `This machine has no address ${address.host}. Choose one of "ip addr" with ${option}.`,
      cause,
    }
  return {
    code: 'listen.failed',
    message: `Cannot listen on ${where}: ${cause instanceof Error ? cause.message : cause}. Choose another address with ${option}.`,
    cause,
  }
}
