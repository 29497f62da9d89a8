/** Shapes of what people do with agents: enrolment tokens, certificates, settings, packages. */
import { z } from 'zod'
import { agentStates } from './assets.ts'

const instant = z.iso.datetime()

export const enrolmentTokenRow = z
  .object({
    id: z.string().meta({ description: 'Names the token without being it.' }),
    state: z.enum(['open', 'used up', 'expired']),
    uses: z.number().int(),
    usesLeft: z.number().int(),
    expiresAt: instant,
    createdBy: z.string(),
    createdAt: instant,
    servers: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          enrolledAt: instant,
          agent: z.enum(agentStates),
          eventsReceived: z.number().int(),
        }),
      )
      .meta({ description: 'Enrolled with it so far.' }),
    refused: z.number().int().meta({ description: 'Enrolments refused since it was made, with any token.' }),
  })
  .meta({ id: 'EnrolmentTokenRow' })

export const revocation = z.object({ reason: z.string().trim().min(1).max(256) })

/** Least and largest room of an agent's spool, megabytes. */
export const spoolMegabytes = { least: 16, most: 65_536 } as const

export const agentSettings = z.object({
  spoolMegabytes: z
    .number()
    .int()
    .min(spoolMegabytes.least)
    .max(spoolMegabytes.most)
    .nullable()
    .meta({ description: 'Room for events while the server is away; null for the default of 256.' }),
})

export const uninstallToken = z
  .object({ token: z.string(), expiresAt: instant, command: z.string() })
  .meta({ description: 'Shown once. Lets the agent of this asset be removed, once.' })

export type EnrolmentTokenRow = z.infer<typeof enrolmentTokenRow>
export type AgentSettings = z.infer<typeof agentSettings>
export type UninstallToken = z.infer<typeof uninstallToken>
