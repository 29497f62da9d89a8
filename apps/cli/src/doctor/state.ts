/** The server's state directory, its disk, its certificates, its settings. */
import type { InspectedState } from '@rampart/server'
import { type Check, days, fine, megabytes, problem, skipped, warning } from './check.ts'

const soonMs = 30 * 86_400_000
/** Differences of file times below this are no sign of a clock that was set back. */
const clockToleranceMs = 120_000

export function checkState(state: InspectedState, now: number): Check[] {
  if (!state.exists)
    return [skipped('state', 'State of the server', `there is none in ${state.path}; the first start makes it`)]
  return [
    access(state),
    disk(state),
    database(state),
    auditTrail(state),
    ...state.certificates.map((one) => certificate(one, now)),
    ...state.exposedKeys.map((key) =>
      problem(
        'state.key',
        'Private key',
        `others can read ${key}`,
        `Run chmod 600 '${state.path}/${key}'. If somebody else uses this machine, enrol the agents anew.`,
      ),
    ),
    ...settings(state),
    ...leftovers(state),
    ...setBack(state, now),
  ]
}

function access({ path, exposed }: InspectedState): Check {
  if (exposed === null) return fine('state.access', 'State directory', path)
  return problem(
    'state.access',
    'State directory',
    `${path}: ${exposed}`,
    `It holds keys and evidence. Run chown ${process.getuid?.() ?? 0} '${path}' and chmod 700 '${path}'.`,
  )
}

function disk({ path, disk: room, events }: InspectedState): Check {
  if (room === null) return skipped('state.disk', 'Disk', 'it cannot be asked')
  const share = room.freeBytes / room.totalBytes
  const found = `${megabytes(room.freeBytes)} free (${Math.round(share * 100)} %), events take ${megabytes(events)}`
  const advice = `Free some space on the disk of ${path}, or keep less: settings retention.eventGigabytes and retention.eventDays.`
  if (room.freeBytes < 256 * 1024 * 1024) return problem('state.disk', 'Disk', found, advice)
  return share < 0.1 || room.freeBytes < 2 * 1024 ** 3
    ? warning('state.disk', 'Disk', found, advice)
    : fine('state.disk', 'Disk', found)
}

function database({ database: found, path }: InspectedState): Check {
  const title = 'Database'
  switch (found.state) {
    case 'whole':
      return fine('state.database', title, `whole, ${megabytes(found.bytes)}`)
    case 'missing':
      return skipped('state.database', title, 'none yet; the first start makes it')
    case 'newer':
      return problem(
        'state.database',
        title,
        `written by a newer version (${found.detail})`,
        'Start that version, or restore a backup made by this one.',
      )
    case 'damaged':
      return problem(
        'state.database',
        title,
        `damaged: ${found.detail}`,
        `Stop the server, keep a copy of ${path}, and restore the latest backup: rampart restore FILE --state DIR.`,
      )
    case 'unreadable':
      return problem(
        'state.database',
        title,
        `cannot be read: ${found.detail}`,
        `Check owner and mode of the files in ${path}, or run this as the user of the server.`,
      )
  }
}

function auditTrail({ auditTrail: fault, database: found, path }: InspectedState): Check {
  const title = 'Audit trail'
  if (found.state !== 'whole') return skipped('state.audit', title, 'there is no database to read it from')
  if (fault === null) return fine('state.audit', title, 'its chain is whole')
  return problem(
    'state.audit',
    title,
    fault,
    `Somebody changed the database beside the server, or an older copy was put in its place. Keep a copy of ${path}, and compare with a backup or an export of the trail.`,
  )
}

function certificate({ name, notAfter }: InspectedState['certificates'][number], now: number): Check {
  const id = `state.certificate.${name.replace('.pem', '')}`
  const title = name === 'authority.pem' ? 'Certificate authority' : 'Certificate of the server'
  const renewed = name === 'server.pem'
  if (notAfter === null)
    return problem(id, title, `${name} cannot be read`, 'Restore the folder "authority" from a backup.')
  const left = notAfter - now
  if (left < 0)
    return problem(
      id,
      title,
      `ended ${days(-left)} ago`,
      renewed
        ? 'Restart the server: it makes a new one at its start.'
        : 'Agents do not believe it any more. Restore or make a new installation and enrol the agents again.',
    )
  if (left < soonMs && !renewed)
    return warning(id, title, `ends in ${days(left)}`, 'Plan to enrol the agents again with a new installation.')
  return fine(id, title, `good for ${days(left)}`)
}

function settings({ settings: issues }: InspectedState): Check[] {
  if (issues.length === 0) return [fine('state.settings', 'Settings', 'valid')]
  return issues.map((issue) => problem('state.settings', 'Settings', issue.place, `${issue.message} [${issue.code}]`))
}

function leftovers({ oldCopies, refusedEvents, path }: InspectedState): Check[] {
  const checks: Check[] = []
  if (oldCopies.bytes > 0)
    checks.push(
      fine(
        'state.copies',
        'Copies from before updates',
        `${oldCopies.files.length} of ${megabytes(oldCopies.bytes)}; they can be removed once all is well`,
      ),
    )
  if (refusedEvents > 0)
    checks.push(
      warning(
        'state.refused',
        'Refused events',
        `${megabytes(refusedEvents)} of events could not be used`,
        `They are kept in ${path}/refused-events.ndjson with the reason for each; usually an agent of another version.`,
      ),
    )
  return checks
}

function setBack({ newestChange }: InspectedState, now: number): Check[] {
  const ahead = newestChange - now
  if (ahead < clockToleranceMs) return []
  return [
    warning(
      'state.clock',
      'Clock',
      `files of the state are ${Math.round(ahead / 60_000)} minutes in the future`,
      'The clock was set back. Set it right: sessions, bans and retention follow it.',
    ),
  ]
}
