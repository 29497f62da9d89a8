/** The log sensor: log files and the journal of this host, as they are written → events. */
import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createAuthDecoder } from '../auth/decode.ts'
import { completeDraft, type EventDraft } from '../draft.ts'
import type { Sensor, SensorContext, SensorHealth, SensorSource } from '../sensor.ts'
import { expandPattern, isPattern, matchesPattern } from './expand.ts'
import { createFollower, type Follower } from './follow.ts'
import { createJournalReader, hasJournal, type JournalReader } from './journal.ts'
import { journalLine } from './journal-record.ts'
import { loadPositions, savePositions } from './positions.ts'
import {
  createLineDecoder,
  defaultLogSources,
  type FileKind,
  fileKinds,
  type LineDecoder,
  type LinePlace,
  type LogSource,
  typesOfKind,
} from './source.ts'

/** What the sensor needs beyond its context; all have defaults for a real host. */
export interface LogSensorOptions {
  now?: () => number
  /** Where to begin in a log that has no saved position. Default `end`: what was there before is history. */
  startAt?: 'start' | 'end'
  journalProgram?: string
  /** Directory of journal files to read instead of this host's. */
  journalDirectory?: string
  /** Default: whether this host keeps a journal. */
  journalAvailable?: boolean
  /** How often every file is looked at even when no notification came. Default 1000 ms; 200 ms where none can come. */
  pollMs?: number
}

/** A sensor whose list of logs can be replaced while it runs. */
export interface LogSensor extends Sensor {
  follow(sources: readonly LogSource[]): Promise<void>
}

interface Followed {
  kind: FileKind
  path: string
  follower: Follower
  decoder: LineDecoder
  lastLineAt: number
  events: number
}

const saveMs = 1000
const expandMs = 5000
/** How long `start` waits for what was written before. */
const startPatienceMs = 2000
/** A log that was quiet for so long has no unfinished group of lines. */
const settleMs = 500
/** Most files followed at once. */
const followedLimit = 1024
/** Most logs listed in the health. */
const listedLimit = 128
/** Files into which syslog daemons write what the journal has as well. */
const journalCopies = new Set(['/var/log/auth.log', '/var/log/secure'])

/** A sensor of log files and journal. Emits with ids made of the line's place, so that a line read twice is one event. */
export function createLogSensor(
  context: SensorContext,
  wanted: readonly LogSource[] = defaultLogSources,
  options: LogSensorOptions = {},
): LogSensor {
  let sources = wanted
  const now = options.now ?? Date.now
  const positionsPath = join(context.stateDirectory, 'log-positions.json')
  const saved = loadPositions(positionsPath)
  const followed = new Map<string, Followed>()
  const watchers = new Map<string, FSWatcher>()
  const timers: NodeJS.Timeout[] = []
  const lostByCause: Record<string, number> = {}
  let journal: JournalReader | undefined
  let eventsSeen = 0
  let journalEvents = 0
  let running = false
  let changed = false
  let reported = ''

  const lost = (cause: string) => {
    lostByCause[cause] = (lostByCause[cause] ?? 0) + 1
  }
  const emit = (drafts: EventDraft[], kind: string, place: LinePlace) => {
    changed = true
    for (const [at, draft] of drafts.entries()) {
      eventsSeen++
      const sequence = at === 0 ? `${place.offset}` : `${place.offset}.${at}`
      const event = completeDraft(draft, context.asset, `log.${kind}`, place.sourceId, sequence)
      context.emit({ ...event, receivedAt: now() })
    }
  }

  const follow = (source: Exclude<LogSource, { kind: 'journal' }>, path: string, startAt: 'start' | 'end') => {
    const { kind } = source
    if (followed.has(path) || (journal && journalCopies.has(path)) || followed.size >= followedLimit) return
    const decoder = createLineDecoder(source, path, now, {
      drafts(drafts, place) {
        entry.events += drafts.length
        emit(drafts, kind, place)
      },
      lost,
    })
    const follower = createFollower({
      path,
      saved: saved.files[path],
      startAt,
      take(line) {
        entry.lastLineAt = now()
        decoder.line(line.text, line.truncated, { sourceId: line.sourceId, offset: line.offset })
      },
      lost,
    })
    const entry: Followed = { kind, path, follower, decoder, lastLineAt: 0, events: 0 }
    followed.set(path, entry)
    watchDirectory(dirname(path))
  }

  /** One watch for each directory: it also tells of files that appear and of rotation. */
  const watchDirectory = (directory: string) => {
    if (watchers.has(directory)) return
    try {
      const watcher = watch(directory, { persistent: false }, (_change, name) => {
        for (const one of followed.values())
          if (dirname(one.path) === directory && (name === null || basename(one.path) === name))
            void one.follower.poke()
      })
      watcher.on('error', () => {
        watcher.close()
        watchers.delete(directory)
      })
      watchers.set(directory, watcher)
    } catch {
      // The directory is not there yet, or the limit of watches is reached: polling does it.
    }
  }

  const expandAll = async (startAt: 'start' | 'end') => {
    for (const source of sources) {
      if (source.kind === 'journal') continue
      const paths = isPattern(source.path) ? await expandPattern(source.path) : [source.path]
      if (!running) return
      for (const path of paths) follow(source, path, startAt)
    }
    for (const one of followed.values()) watchDirectory(dirname(one.path))
  }

  const pollAll = async () => {
    for (const one of followed.values()) {
      await one.follower.poke()
      if (now() - one.lastLineAt > settleMs) one.decoder.settle()
    }
  }

  const startJournal = () => {
    const listed = sources.some((source) => source.kind === 'journal')
    const hasFile = [...followed.values()].some(
      (one) => journalCopies.has(one.path) && one.follower.state() === 'reading',
    )
    if (!listed || hasFile || !(options.journalAvailable ?? hasJournal())) return
    const decode = createAuthDecoder()
    journal = createJournalReader({
      program: options.journalProgram,
      directory: options.journalDirectory,
      cursor: saved.journalCursor,
      lost,
      take(row, cursor) {
        const line = journalLine(row)
        if (!line) return lost('unparsed-line')
        const [, seqnumId, seqnum] = /s=([0-9a-f]+);i=([0-9a-f]+)/.exec(cursor) ?? []
        const place = {
          sourceId: `journal-${seqnumId?.slice(0, 12) ?? ''}`,
          offset: Number.parseInt(seqnum ?? '0', 16),
        }
        const drafts = decode(line)
        journalEvents += drafts.length
        emit(drafts, 'journal', place)
      },
    })
    journal.start()
    // What would tell the same again is not followed beside it.
    for (const [path, one] of followed)
      if (journalCopies.has(path)) {
        void one.follower.close()
        followed.delete(path)
      }
  }

  const save = () => {
    if (!changed) return
    changed = false
    const files = { ...saved.files }
    for (const [path, one] of followed) {
      const position = one.follower.position()
      if (!position) continue
      // What waits for further lines would be lost with a crash: then it is read again.
      const waiting = one.decoder.waiting?.()
      const again = waiting !== undefined && waiting.sourceId === position.sourceId && waiting.offset < position.offset
      files[path] = again ? { ...position, offset: waiting.offset } : position
    }
    const journalCursor = journal?.cursor() ?? saved.journalCursor
    try {
      savePositions(positionsPath, { files, ...(journalCursor === undefined ? {} : { journalCursor }) })
    } catch {
      lost('position-not-saved')
    }
  }

  const health = (): SensorHealth => {
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
      sources: listSources(),
    }
  }

  /** Every log that is read, and those of the list that are not there. */
  const listSources = (): SensorSource[] => {
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
  const report = () => {
    const current = health()
    const text = JSON.stringify(current)
    if (text === reported) return
    reported = text
    context.report(current)
  }

  /** Closes what is no longer in the list, keeping its position for the case that it comes back. */
  const replace = async (next: readonly LogSource[]) => {
    sources = next
    for (const [path, one] of followed) {
      const kept = next.some(
        (source) =>
          source.kind === one.kind &&
          (source.path === path || (isPattern(source.path) && matchesPattern(path, source.path))),
      )
      if (kept) continue
      followed.delete(path)
      await one.follower.poke()
      one.decoder.settle()
      const position = one.follower.position()
      if (position) saved.files[path] = position
      await one.follower.close()
    }
    changed = true
    if (!next.some((source) => source.kind === 'journal') && journal) {
      saved.journalCursor = journal.cursor() ?? saved.journalCursor
      await journal.stop()
      journal = undefined
    }
    if (!running) return
    await expandAll('end')
    await pollAll()
    if (!journal) startJournal()
    save()
    report()
  }

  return {
    name: 'log',
    follow: replace,
    async start() {
      running = true
      await expandAll(options.startAt ?? 'end')
      // What was written while it was stopped may be long; the agent does not wait for all of it.
      await Promise.race([pollAll(), delay(startPatienceMs, undefined, { ref: false })])
      startJournal()
      const pollMs = options.pollMs ?? (watchers.size > 0 ? 1000 : 200)
      const every = (ms: number, work: () => void) => timers.push(setInterval(work, ms).unref())
      every(pollMs, () => void pollAll())
      every(expandMs, () => void expandAll('start'))
      every(saveMs, () => {
        save()
        report()
      })
      changed = true
      save()
      report()
    },
    async stop() {
      running = false
      for (const timer of timers.splice(0)) clearInterval(timer)
      for (const watcher of watchers.values()) watcher.close()
      watchers.clear()
      await journal?.stop()
      await Promise.all([...followed.values()].map((one) => one.follower.poke()))
      for (const one of followed.values()) one.decoder.settle()
      changed = true
      save()
      await Promise.all([...followed.values()].map((one) => one.follower.close()))
      followed.clear()
    },
    health,
  }
}
