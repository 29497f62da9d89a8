/** Shapes of saved filters of the alert list and of saved searches. */
import { z } from 'zod'

const name = z.string().trim().min(1).max(80)
const search = z.string().max(4000).meta({ description: 'The query of the page, e.g. `level=Urgent&assignee=%40me`.' })
const page = z.enum(['alerts', 'search']).meta({ description: 'The page that it is of.' })

export const savedFilter = z
  .object({
    id: z.string(),
    name,
    page,
    search,
    owner: z.string(),
    shared: z.boolean().meta({ description: 'For whoever sees all that its owner saw; only the owner changes it.' }),
    isDefault: z.boolean().meta({ description: 'The caller begins with it; of the alert list only.' }),
  })
  .meta({ id: 'SavedFilter' })

export const savedFilterDraft = z.object({
  name,
  page: page.default('alerts'),
  search,
  shared: z.boolean().default(false),
})
export const savedFilterQuery = z.object({ page: page.default('alerts') })
export const savedFilterChange = z.object({ name, search, shared: z.boolean(), isDefault: z.boolean() }).partial()

export type SavedFilter = z.infer<typeof savedFilter>
