/** What a row of the route table says. */
import { z } from 'zod'
import { everyRouteRefuses, type RefusalCode } from '../refusals.ts'

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  summary: string
  /** Least role; `public` needs no session. */
  role: 'public' | 'viewer' | 'analyst' | 'responder' | 'administrator'
  /**
   * How asset groups bound the call. `alert`, `asset`: `:id` names one, and one that the caller may not see is not found.
   * `visible`: the handler leaves out what the caller may not see. `none`: the route is about no asset.
   */
  scope: 'none' | 'visible' | 'alert' | 'asset'
  /** About the caller's own account: only a signed-in person may call it, no API token. */
  personal?: true
  /** Open to somebody who has to choose a password, or only to set up one-time codes, before anything else. */
  before?: 'password-change' | 'second-factor'
  /** The answer is a file and `response` its text; reading it leaves a row in the audit trail. */
  download?: true
  /** Codes of its handler, besides those that `codesOf` tells from the rest of the row. */
  refuses?: readonly RefusalCode[]
  query?: z.ZodType
  body?: z.ZodType
  response: z.ZodType
}

export const nothing = z.object({ ok: z.literal(true) })
export const items = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) })

/** Every code that a route can refuse with: those of the gate in front of its handler, and those of the handler. */
export function codesOf(route: Route): RefusalCode[] {
  const changes = route.method !== 'GET'
  const codes: RefusalCode[] = [...everyRouteRefuses]
  if (changes) codes.push('request.cross-site')
  if (route.role !== 'public') {
    codes.push('session.missing')
    if (changes) codes.push('request.csrf')
    if (route.before !== 'password-change') codes.push('session.password-change-required')
    if (route.before === undefined) codes.push('session.second-factor-required')
    if (route.role !== 'viewer') codes.push('session.not-allowed')
    if (route.personal) codes.push('token.not-allowed')
  }
  if (route.path.includes(':')) codes.push('request.not-found')
  // A file that was taken leaves a row in the audit trail, so the disk matters too.
  if (changes || route.download) codes.push('state.disk-full')
  return [...new Set([...codes, ...(route.refuses ?? [])])]
}
