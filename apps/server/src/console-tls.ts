/** The certificate of the console, where it needs one. */
import { readFileSync } from 'node:fs'
import { fail, ok, type Result, type StartError } from './errors.ts'
import type { Authority, KeyPair } from './ingest/authority.ts'
import { isLoopback, type ListenAddress } from './listen-address.ts'
import type { ServerOptions } from './options.ts'

/** Plain HTTP on loopback; elsewhere the given certificate or one of the own authority. */
export async function consoleTls(
  options: ServerOptions,
  listen: ListenAddress,
  names: readonly string[],
  authority: Authority,
  now: number,
): Promise<Result<KeyPair | null>> {
  if (options.tls) {
    try {
      return ok({
        certificate: readFileSync(options.tls.certificateFile, 'utf8'),
        key: readFileSync(options.tls.keyFile, 'utf8'),
      })
    } catch (cause) {
      return fail<StartError>({
        code: 'tls.unreadable',
        message: `The certificate or key of the console cannot be read: ${cause instanceof Error ? cause.message : cause}. Check the paths and their modes.`,
        cause,
      })
    }
  }
  if (isLoopback(listen.host)) return ok(null)
  return ok(await authority.serverCertificate(names, now))
}
