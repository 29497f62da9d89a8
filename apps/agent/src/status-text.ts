/** A status for people: what is known in, lines of text out. Text from elsewhere is stripped of control characters. */
import type { AgentStatus } from './status.ts'

const clean = (text: string) => text.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, '?')
const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`

export function describeStatus(status: AgentStatus): string {
  const lines: string[] = []
  const add = (name: string, text: string) => lines.push(`${name.padEnd(12)} ${clean(text)}`)
  add(
    'agent',
    status.running ? `running, version ${status.version}, pid ${status.pid}, since ${status.startedAt}` : status.reason,
  )
  const { identity } = status
  add(
    'identity',
    identity === null ? 'none' : `${identity.assetId}, enrolled ${identity.enrolledAt} with ${identity.server}`,
  )
  if (status.running) {
    const { connection, spool, resources, limits } = status
    const trouble = connection.lastError === '' ? '' : `; last error: ${connection.lastError}`
    add('connection', (connection.connected ? 'connected' : `not connected, ${connection.attempts} attempts`) + trouble)
    add('spool', `${spool.events} events, ${megabytes(spool.bytes)} waiting${spool.problem && `; ${spool.problem}`}`)
    add(
      'resources',
      `${megabytes(resources.rssBytes)} of memory, ${(resources.cpuFraction * 100).toFixed(1)} % of a core`,
    )
    add('limits', [limits.description, ...limits.problems].join('; '))
    for (const { sensor, state, reason, eventsSeen, eventsLost } of status.sensors) {
      const lost = eventsLost > 0 ? `, ${eventsLost} lost` : ''
      add('sensor', `${sensor}: ${state}, ${eventsSeen} events${lost}${reason === undefined ? '' : ` (${reason})`}`)
    }
    if (status.merged > 0) add('merged', `${status.merged} repeats during floods`)
  } else add('spool', `${megabytes(status.spool.bytes)} on disk`)
  const dropped = Object.entries(status.dropped)
  add('dropped', dropped.length === 0 ? 'nothing' : dropped.map(([what, count]) => `${count} ${what}`).join(', '))
  return `${lines.join('\n')}\n`
}
