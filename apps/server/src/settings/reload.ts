/** Reads the settings file again, and tells the log, the audit trail and the console what came of it. */
import type { Announcer } from '../announcer.ts'
import type { Context } from '../context.ts'
import type { Result } from '../errors.ts'
import type { Reloaded } from './settings.ts'
import type { SettingsIssue } from './settings-file.ts'

export function reloadSettings(context: Context, announcer: Announcer): Result<Reloaded, SettingsIssue[]> {
  const { settings, people, log, now } = context
  const reloaded = settings.reload()
  if (reloaded.ok) log.info({ ...reloaded.value }, 'settings reloaded')
  else log.warn({ problems: reloaded.error }, 'settings not reloaded')
  people.record({
    at: now(),
    actor: 'rampart',
    address: null,
    action: reloaded.ok ? 'settings.reloaded' : 'settings.refused',
    subject: settings.path,
    detail: reloaded.ok ? { ...reloaded.value } : { problems: reloaded.error },
  })
  announcer.bannersChanged()
  announcer.countsChanged()
  return reloaded
}
