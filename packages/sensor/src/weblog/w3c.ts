/** W3C extended log lines (IIS) → request. The `#Fields:` directive says what the columns are; times are UTC. */
import type { LoggedRequest } from './request.ts'

/** Column names of a `#Fields:` line, lower-case, or undefined for another line. */
export function w3cFields(line: string): string[] | undefined {
  return line.startsWith('#Fields:') ? line.slice(8).trim().toLowerCase().split(/\s+/).slice(0, 256) : undefined
}

/** Decodes one line under the given columns, or returns undefined when it does not fit them. */
export function parseW3c(line: string, fields: readonly string[]): LoggedRequest | undefined {
  const values = line.trimEnd().split(line.includes('\t') ? '\t' : ' ')
  if (values.length < fields.length) return undefined
  const of = (name: string) => {
    const at = fields.indexOf(name)
    const value = at < 0 ? undefined : values[at]
    return value === '-' ? undefined : value
  }
  const at = Date.parse(`${of('date')}T${of('time')}Z`)
  const client = of('c-ip')
  const stem = of('cs-uri-stem') ?? of('cs-uri')
  if (Number.isNaN(at) || at < 0 || client === undefined || stem === undefined) return undefined
  const query = of('cs-uri-query')
  return {
    at,
    client,
    method: of('cs-method') ?? '-',
    url: query === undefined ? stem : `${stem}?${query}`,
    protocol: of('cs-version'),
    status: of('sc-status') ?? '',
    bytes: of('sc-bytes'),
    userAgent: of('cs(user-agent)')?.replaceAll('+', ' '),
    referrer: of('cs(referer)'),
    host: of('cs-host') ?? of('s-computername'),
    username: of('cs-username'),
    xForwardedFor: of('x-forwarded-for') ?? of('cs(x-forwarded-for)'),
  }
}
