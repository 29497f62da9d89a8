/** Event `web.requested`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'
import { endpointSchema } from './parts.ts'

export const webRequested = defineEvent('web.requested', 'A web server answered a request (access log).', {
  source: endpointSchema,
  web: z.object({
    method: z.string().max(32).meta({ description: 'HTTP method as sent.' }),
    url: z.string().max(65_536).meta({ description: 'Request target as logged, still percent-encoded.' }),
    path: z.string().max(65_536).meta({ description: 'Part of `url` before `?`, decoded once.' }),
    query: z.string().max(65_536).meta({ description: 'Part after `?`, as logged.' }),
    decoded: z.string().max(65_536).meta({
      description:
        '`url` percent-decoded until it no longer changes (at most 3 times), `+` as space, lower-case. For matching.',
    }),
    status: z.number().int().meta({ description: 'Response status; 0 when not logged.' }),
    responseBytes: z.number().int().optional(),
    userAgent: z.string().max(8192).optional(),
    referrer: z.string().max(8192).optional(),
    host: z.string().max(512).optional(),
    protocol: z.string().max(32).optional(),
    username: z.string().max(256).optional(),
    xForwardedFor: z.string().max(512).optional(),
  }),
  log: z.object({ path: z.string().max(8192).optional() }).optional(),
})
export type WebRequested = z.infer<typeof webRequested>
