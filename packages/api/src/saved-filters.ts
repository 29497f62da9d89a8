/** Shapes of saved filters of the alert list. */
import { z } from 'zod'

const name = z.string().trim().min(1).max(80)
const search = z
  .string()
  .max(4000)
  .meta({ description: 'The query of the Alerts page, e.g. `level=Urgent&assignee=%40me`.' })

export const savedFilter = z
  .object({
    id: z.string(),
    name,
    search,
    owner: z.string(),
    shared: z.boolean().meta({ description: 'For whoever sees all that its owner saw; only the owner changes it.' }),
    isDefault: z.boolean().meta({ description: 'The caller begins with it.' }),
  })
  .meta({ id: 'SavedFilter' })

export const savedFilterDraft = z.object({ name, search, shared: z.boolean().default(false) })
export const savedFilterChange = z.object({ name, search, shared: z.boolean(), isDefault: z.boolean() }).partial()

export type SavedFilter = z.infer<typeof savedFilter>
