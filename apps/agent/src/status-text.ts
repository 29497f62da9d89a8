/**
 * A status for people: what works, what does not and why, what was lost, and what to do about it. Text from elsewhere has
 * its hidden characters named.
 */
import { visibleText } from '@rampart/event/visible-text'
import type { AgentReport } from './report.ts'
import type { AgentStatus } from './status.ts'

const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`
const dayMs = 24 * 3_600_000
/** A certificate is renewed in the last third of its 90 days: with less left than this, renewal does not work. */
const renewalLateMs = 20 * dayMs

/** What the reasons of losses mean, by the second part of their name. */
const lossReasons: Record<string, string> = {
  'queue-full':
    'came faster than the agent may work; raise its limits (--cpu, --memory) or take noisy paths out of its watch',
  'too-large': 'one event alone was larger than a batch may be',
  'spool-full': "the spool was full; give it more room on this server's page in the console",
  'disk-full': 'the disk under the spool was full; free some space',
  'spool-damaged': 'the file of the spool was damaged, by a crash or a bad disk',
}

export function describeStatus(status: AgentStatus, now = Date.now()): string {
  const lines: string[] = []
  const add = (name: string, text: string) => lines.push(`${name.padEnd(12)} ${visibleText(text)}`)
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
    add('certificate', `until ${status.identity.certificateExpiresAt}; renewed by itself in its last third`)
    const trouble = connection.lastError === '' ? '' : `; last error: ${connection.lastError}`
    add('connection', (connection.connected ? 'connected' : `not connected, ${connection.attempts} attempts`) + trouble)
    add('acknowledged', `batch ${spool.acknowledged} of ${spool.lastSequence}: so much is stored on the server`)
    add(
      'spool',
      `${spool.events} events, ${megabytes(spool.bytes)} of ${megabytes(spool.maxBytes)} waiting${spool.problem && `; ${spool.problem}`}`,
    )
    add(
      'resources',
      `${megabytes(resources.rssBytes)} of memory, ${(resources.cpuFraction * 100).toFixed(1)} % of a core`,
    )
    add('limits', [limits.description, ...limits.problems].join('; '))
    for (const { sensor, state, reason, eventsSeen, eventsLost, lostByCause } of status.sensors) {
      const causes = Object.entries(lostByCause).filter(([, count]) => count > 0)
      const why = causes.length === 0 ? '' : ` (${causes.map(([cause, count]) => `${cause}: ${count}`).join(', ')})`
      const lost = eventsLost > 0 ? `, ${eventsLost} lost${why}` : ''
      const name = state === 'running' ? 'works' : state === 'degraded' ? 'in part' : 'fails'
      add(name, `${sensor}: ${state}, ${eventsSeen} events${lost}${reason === undefined ? '' : ` (${reason})`}`)
    }
    if (status.merged > 0) add('merged', `${status.merged} repeats during floods; their number is kept with the first`)
  } else add('spool', `${megabytes(status.spool.bytes)} on disk`)
  const dropped = Object.entries(status.dropped)
  if (dropped.length === 0) add('dropped', 'nothing')
  for (const [what, count] of dropped.sort(([, a], [, b]) => b - a)) {
    const reason = lossReasons[what.slice(what.indexOf(':') + 1)]
    add('dropped', `${count} ${what}${reason === undefined ? '' : `: ${reason}`}`)
  }
  for (const advice of adviceFor(status, now)) add('to do', advice)
  return `${lines.join('\n')}\n`
}

/** What a person can do, most pressing first; empty when all is well. */
export function adviceFor(status: AgentStatus, now: number): string[] {
  if (!status.running)
    return status.identity === null
      ? ['enrol this host: make a line with Add server in the console, or run rampart-agent enrol']
      : ['start it: systemctl start rampart-agent, or rampart-agent run; what is in the spool is delivered then']
  const advice: string[] = []
  const { connection, identity, spool } = status
  if (!connection.connected) advice.push(connectionAdvice(connection))
  if (Date.parse(identity.certificateExpiresAt) - now < renewalLateMs)
    advice.push(
      'the certificate ends soon and was not renewed: see that the server can be reached, or enrol this host again',
    )
  if (spool.problem !== '') advice.push(`see to the disk under the state directory: ${spool.problem}`)
  else if (spool.bytes > spool.maxBytes * 0.8)
    advice.push("the spool is nearly full: bring the server back, or give the spool more room on this server's page")
  const failing = status.sensors.filter(({ state }) => state === 'failed' || state === 'unavailable')
  if (failing.length > 0)
    advice.push(
      `what ${failing.map(({ sensor }) => sensor).join(', ')} would see is not seen: the reason stands beside it above`,
    )
  return advice
}

function connectionAdvice({ server, lastError }: AgentReport['connection']): string {
  if (/certificate of this agent|taken back/.test(lastError))
    return 'the server does not accept this agent any more: make a line with Add server in the console and enrol this host again'
  if (/ENOTFOUND|EAI_AGAIN/.test(lastError)) return `the name in ${server} is not known here: see to DNS`
  if (/ECONNREFUSED|EHOSTUNREACH|ETIMEDOUT|ENETUNREACH/.test(lastError))
    return `${server} does not answer: is the server up, and does a firewall let this host through to that port?`
  return `the server at ${server} cannot be used: ${lastError || 'no attempt has ended yet'}`
}
