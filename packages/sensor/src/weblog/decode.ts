/** One line of an access log, of any known format → `web.requested`; of an error log → `log.recorded`. */
import { type Decoded, parseJson } from '../draft.ts'
import { parseCombined } from './combined.ts'
import { parseErrorLog } from './error-log.ts'
import { parseJsonRequest } from './json.ts'
import { webRequest } from './request.ts'
import { parseW3c, w3cFields } from './w3c.ts'

/** A decoder for the lines of one file, in their order: a W3C file says its columns on the way. Never throws. */
export function createWeblogDecoder(path?: string, zone: 'utc' | 'local' = 'utc'): (line: string) => Decoded {
  let columns: string[] | undefined
  return (line) => {
    if (line.startsWith('#')) {
      columns = w3cFields(line) ?? columns
      return { ok: true, drafts: [] }
    }
    if (line.startsWith('{')) return decodeJsonRequest(line, path)
    const request = columns ? parseW3c(line, columns) : parseCombined(line)
    if (request) return { ok: true, drafts: [webRequest(request, path)] }
    const error = parseErrorLog(line, zone, path)
    return error ? { ok: true, drafts: [error] } : { ok: false, code: 'decode.not-access-log' }
  }
}

/** Decodes one JSON access log record from its text. */
export function decodeJsonRequest(text: string, path?: string): Decoded {
  const row = parseJson(text)
  if (row === undefined) return { ok: false, code: 'decode.not-json' }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return { ok: false, code: 'decode.not-an-object' }
  const request = parseJsonRequest(row as Record<string, unknown>)
  return request ? { ok: true, drafts: [webRequest(request, path)] } : { ok: false, code: 'decode.not-access-log' }
}
