/** Event `windows.recorded`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'

export const windowsRecorded = defineEvent('windows.recorded', 'A record of a Windows event log.', {
  channel: z.string().max(256).meta({ description: 'Channel, e.g. `Security`.' }),
  provider: z.string().max(256).meta({ description: 'Provider name.' }),
  eventId: z.number().int().meta({ description: 'Event id.' }),
  fields: z
    .record(z.string(), z.unknown())
    .meta({ description: 'System, EventData and UserData fields, flattened under the names Sigma uses.' }),
})
export type WindowsRecorded = z.infer<typeof windowsRecorded>
