/** The logs that are read in, the health of the log sensor out: what works, what is missing and why, and every log by itself. */
import type { SensorHealth, SensorSource } from '../sensor.ts'
import { isPattern, matchesPattern } from './expand.ts'
import type { Follower } from './follow.ts'
import type { JournalReader } from './journal.ts'
import { type FileKind, fileKinds, type LineDecoder, type LogSource, typesOfKind } from './source.ts'

export interface Followed {
  kind: FileKind
  path: string
  follower: Follower
  decoder: LineDecoder
  lastLineAt: number
  events: number
}

export interface LogsNow {
  running: boolean
  sources: readonly LogSource[]
  followed: ReadonlyMap<string, Followed>
  journal: JournalReader | undefined
  journalEvents: number
  eventsSeen: number
  lostByCause: Readonly<Record<string, number>>
}

/** Most logs listed in the health. */
const listedLimit = 128

export function describeLogs(logs: LogsNow): SensorHealth {
  const { running, sources, followed, journal, eventsSeen, lostByCause } = logs
  const capabilities: SensorHealth['capabilities'] = {}
  const troubles: string[] = []
  let reading = 0
  for (const kind of fileKinds) {
    const ofKind = [...followed.values()].filter((one) => one.kind === kind)
    const refused = ofKind.filter((one) => one.follower.state() === 'not-readable')
    for (const one of refused) troubles.push(`${one.path} cannot be read: run the agent as a user who may read it.`)
    const journalWorks = kind === 'auth' && journal !== undefined && journal.trouble() === undefined
    const works = journalWorks || ofKind.some((one) => one.follower.state() === 'reading')
    if (works) reading++
    const looked = sources.filter((one) => one.kind === kind).map((one) => ('path' in one ? one.path : ''))
    const reason = looked.length === 0 ? 'not in the list of logs' : `waiting for ${looked.join(', ')}`
    for (const type of typesOfKind[kind])
      if (!capabilities[type]?.works) capabilities[type] = works ? { works } : { works, reason }
  }
  const trouble = journal?.trouble()
  if (trouble !== undefined) troubles.push(trouble)
  const eventsLost = Object.values(lostByCause).reduce((sum, count) => sum + count, 0)
  const state = !running ? 'failed' : troubles.length > 0 ? 'degraded' : reading === 0 ? 'unavailable' : 'running'
  const reason =
    state === 'failed'
      ? 'not started'
      : state === 'unavailable'
        ? 'None of the logs exists yet; it starts when one appears.'
        : troubles.join(' ')
  return {
    sensor: 'log',
    state,
    ...(reason === '' ? {} : { reason }),
    eventsSeen,
    eventsLost,
    lostByCause: { ...lostByCause },
    capabilities,
    sources: listSources(logs),
  }
}

/** Every log that is read, and those of the list that are not there. */
function listSources({ sources, followed, journal, journalEvents }: LogsNow): SensorSource[] {
  const listed: SensorSource[] = [...followed.values()].map((one) => ({
    kind: one.kind,
    name: one.path,
    state: one.follower.state(),
    events: one.events,
  }))
  for (const source of sources)
    if (source.kind !== 'journal' && isPattern(source.path)) {
      const found = listed.some((one) => one.kind === source.kind && matchesPattern(one.name, source.path))
      if (!found) listed.push({ kind: source.kind, name: source.path, state: 'missing', events: 0 })
    }
  if (journal) {
    const trouble = journal.trouble()
    const state = trouble === undefined ? 'reading' : 'not-readable'
    listed.push({
      kind: 'journal',
      name: 'systemd journal',
      state,
      events: journalEvents,
      ...(trouble && { reason: trouble }),
    })
  }
  return listed
    .sort((one, other) => Number(other.state === 'reading') - Number(one.state === 'reading'))
    .slice(0, listedLimit)
}
