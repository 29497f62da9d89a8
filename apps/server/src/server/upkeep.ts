/** What a running server does once a minute: it lets go of what is past its time. */

import { expireAlerts } from '../alert-settings.ts'
import type { Announcer } from '../announcer.ts'
import { sweepEvents } from '../archive/retention.ts'
import type { Checkpoints } from '../checkpoints.ts'
import type { Context } from '../context.ts'
import type { ServerOptions } from '../options.ts'
import { archiveLimits } from '../settings/start-settings.ts'
import { noteAuditHead } from '../store/audit-head.ts'

const sweepEveryMs = 60_000
const findingsPerSweep = 20_000
const dayMs = 24 * 3_600_000
/** Much longer than any window in which alerts are joined, so that late events still find their incident. */
const keepJoinKeysMs = 7 * dayMs

/** Returns what ends it. */
export function startUpkeep(
  context: Context,
  announcer: Announcer,
  checkpoints: Checkpoints,
  options: ServerOptions,
  stateDirectory: string,
): () => void {
  const { alerts, archive, incidents, inventory, log, now, people, search, settings, throttledTries } = context
  const sweep = setInterval(() => {
    const limits = archiveLimits(settings, options)
    const swept = Promise.all([
      sweepEvents({ ...limits, archive, search, checkpoint: checkpoints.position }, now()),
      archive.sweep(now()),
      people.trail.sweep(now() - settings.get('retention.auditDays') * dayMs, now()),
      incidents.forgetKeys(now() - keepJoinKeysMs, findingsPerSweep),
      expireAlerts(alerts, settings, now()).then((expired) => announcer.alertsChanged(expired)),
      inventory.store.forgetChanges(now() - settings.get('retention.inventoryDays') * dayMs, findingsPerSweep),
      alerts.forgetFindings(now() - limits.maxAgeMs, findingsPerSweep),
    ])
    swept.catch((error) => log.warn({ error }, 'sweep failed'))
  }, options.sweepMs ?? sweepEveryMs)
  const note = () => {
    throttledTries.flush()
    const head = people.trail.head()
    if (head) noteAuditHead(stateDirectory, head)
  }
  const noting = setInterval(() => {
    try {
      note()
    } catch (error) {
      log.warn({ error }, 'head of the audit trail not noted')
    }
  }, sweepEveryMs)
  return () => {
    clearInterval(sweep)
    clearInterval(noting)
  }
}
