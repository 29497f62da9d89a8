/** Shapes of settings. */
import { z } from 'zod'

const value = z
  .union([z.boolean(), z.number(), z.string().max(4096), z.array(z.string().max(256)).max(64)])
  .meta({ description: 'true or false, a whole number, a text, or a list of texts, as `kind` says.' })

export const setting = z
  .object({
    name: z.string(),
    kind: z.enum(['switch', 'number', 'text', 'choice', 'list']),
    value,
    default: value,
    meaning: z.string(),
    unit: z.string().nullable(),
    min: z.number().nullable(),
    max: z.number().nullable(),
    choices: z.array(z.string()).nullable(),
    takesEffect: z.enum(['now', 'restart']),
    where: z.enum(['anywhere', 'file']).meta({ description: 'file: only rampart.yml can say it.' }),
    source: z.enum(['default', 'console', 'file']),
    place: z.string().nullable().meta({ description: '`file:line:column` that pins the setting.' }),
  })
  .meta({ id: 'Setting' })

export const settingsView = z.object({
  file: z.string().meta({ description: 'The settings file that the server reads.' }),
  items: z.array(setting),
  problems: z
    .array(z.object({ code: z.string(), place: z.string(), message: z.string() }))
    .meta({ description: 'Why the last reload of the file was refused; the settings before it still count.' }),
})

export const settingsChange = z.object({
  values: z
    .record(z.string().max(128), value.nullable())
    .meta({ description: 'By name; null goes back to the default. All are taken or none.' }),
})

export type Setting = z.infer<typeof setting>
export type SettingsView = z.infer<typeof settingsView>
