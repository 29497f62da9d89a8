/** What a row of the route table says. */
import { z } from 'zod'

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
  /** The answer is a file and `response` its text; reading it leaves a row in the audit trail. */
  download?: true
  query?: z.ZodType
  body?: z.ZodType
  response: z.ZodType
}

export const nothing = z.object({ ok: z.literal(true) })
export const items = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) })
