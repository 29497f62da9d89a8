/** The log sensor: log files and the journal of this host, as they are written → events. */
import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createAuthDecoder } from '../auth/decode.ts'
import { completeDraft, type EventDraft } from '../draft.ts'
import type { Sensor, SensorContext, SensorHealth } from '../sensor.ts'
import { expandPattern, isPattern, matchesPattern } from './expand.ts'
import { createFollower } from './follow.ts'
import { describeLogs, type Followed } from './health.ts'
import { createJournalReader, hasJournal, type JournalReader } from './journal.ts'
import { journalLine } from './journal-record.ts'
import { loadPositions, savePositions } from './positions.ts'
import { createLineDecoder, defaultLogSources, type LinePlace, type LogSource } from './source.ts'

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
  /** How often every file is looked at even when no notification came. Default 5000 ms; 1000 ms where none can come. */
  pollMs?: number
}

/** A sensor whose list of logs can be replaced while it runs. */
export interface LogSensor extends Sensor {
  follow(sources: readonly LogSource[]): Promise<void>
}

const saveMs = 1000
const expandMs = 5000
const reportMs = 5000
const pollMs = 5000
const unwatchedPollMs = 1000
/** How long `start` waits for what was written before. */
const startPatienceMs = 2000
/** A log that was quiet for so long has no unfinished group of lines. */
const settleMs = 500
/** Most files followed at once. */
const followedLimit = 1024
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

  const settleAll = () => {
    for (const one of followed.values()) if (now() - one.lastLineAt > settleMs) one.decoder.settle()
  }
  const pollAll = async (which: (one: Followed) => boolean = () => true) => {
    for (const one of followed.values()) if (which(one)) await one.follower.poke()
    settleAll()
  }
  /** Without a watch nobody tells of a change. */
  const isUnwatched = (one: Followed) => !watchers.has(dirname(one.path))

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

  const health = (): SensorHealth =>
    describeLogs({ running, sources, followed, journal, journalEvents, eventsSeen, lostByCause })
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
      const every = (ms: number, work: () => void) => timers.push(setInterval(work, ms).unref())
      if (options.pollMs === undefined) every(unwatchedPollMs, () => void pollAll(isUnwatched))
      every(options.pollMs ?? pollMs, () => void pollAll())
      every(expandMs, () => void expandAll('start'))
      every(options.pollMs ?? 2 * settleMs, settleAll)
      every(saveMs, save)
      every(reportMs, report)
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
