/**
 * Lines of an application's log → `log.recorded`, one for each record: a stack trace is one record with the line it belongs
 * to. Times of the usual forms are understood; a log without times has a record for each line that does not go on another.
 */
import { clip, type EventDraft } from '../draft.ts'
import { parseErrorLog } from '../weblog/error-log.ts'
import { isoInstant } from './syslog.ts'

/** Lines and characters of one record; what is beyond them is cut and flagged. */
const recordLines = 512
const recordCharacters = 262_144

const iso = /^\[?(\d{4}-\d\d-\d\d[T ]{1,2}\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)( ?(?:Z|UTC|GMT)|[+-]\d\d:?\d\d)?\b/
const started = /^Start-Date: (\d{4}-\d\d-\d\d) {1,2}(\d\d:\d\d:\d\d)/
/** Redis: `123:M 28 Nov 2026 02:00:00.123 * message`; PHP: `[28-Nov-2026 02:00:00 UTC] message`. */
const dayFirst = /^(?:\d{1,10}:[A-Z] |\[)(\d\d)[ -]([A-Z][a-z]{2})[ -](\d{4}) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?( UTC)?/
const continues = /^(?:\s|Caused by: |Suppressed: |Traceback \(|\.{3} \d+ more|#\d+ |Stack trace:|\}|\)|-{3} End of )/
const severityWord =
  /(?:^|[\s[|])(EMERG|ALERT|CRIT|CRITICAL|FATAL|PANIC|ERROR|ERR|WARN|WARNING|NOTICE|INFO|DEBUG|LOG)(?=[\s:\]|]|$)/i
const severities: Readonly<Record<string, string>> = {
  ...{ critical: 'crit', fatal: 'crit', panic: 'emerg', error: 'err', warn: 'warning', log: 'info' },
}

/** Where a line stands in its file. */
export interface TextPlace {
  sourceId: string
  offset: number
}

export interface TextDecoder {
  line(text: string, truncated: boolean, place: TextPlace): void
  /** Hands out the record that waits for more lines. */
  settle(): void
  /** Place of the record that waits, when one does. */
  waiting(): TextPlace | undefined
}

/** The service that a log under /var/log belongs to: its folder, or its name without `.log`. */
export function serviceOfPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '')
  const [name = 'log', folder] = [parts.at(-1), parts.at(-2)]
  const own = folder !== undefined && folder !== 'log' && parts[0] === 'var' ? folder : name.replace(/\..*$/, '')
  return clip(own.toLowerCase(), 128) || 'log'
}

/** Instant at the head of a record; undefined when the line has none. */
export function recordInstant(line: string): number | undefined {
  const found = iso.exec(line)
  if (found) {
    const zone = found[2] === undefined ? '' : /[+-]/.test(found[2]) ? found[2].trim() : 'Z'
    return isoInstant(`${(found[1] ?? '').replace(/ {2}/, ' ')}${zone}`, 'local')
  }
  const apt = started.exec(line)
  if (apt) return isoInstant(`${apt[1]}T${apt[2]}`, 'local')
  const day = dayFirst.exec(line)
  if (!day) return undefined
  const at = Date.parse(`${day[1]} ${day[2]} ${day[3]} ${day[4]}${day[6] ?? ''}`)
  return Number.isNaN(at) || at < 0 ? undefined : at + (day[5] === undefined ? 0 : Number(`0.${day[5]}`) * 1000)
}

function severityOf(line: string): string | undefined {
  const word = severityWord.exec(line.slice(0, 256))?.[1]?.toLowerCase()
  return word === undefined ? undefined : (severities[word] ?? word)
}

/** Joins and decodes the lines of one file in their order. Holds one record; never throws. */
export function createTextDecoder(
  options: { path: string; service?: string; now: () => number },
  take: (draft: EventDraft, place: TextPlace) => void,
): TextDecoder {
  const service = options.service ?? serviceOfPath(options.path)
  let record: { lines: string[]; characters: number; cut: boolean; place: TextPlace } | undefined
  /** A log that writes times begins each record with one. */
  let hasTimes = false

  const settle = () => {
    if (!record) return
    const { lines, cut, place } = record
    record = undefined
    const [first = ''] = lines
    const web = parseErrorLog(lines.join('\n'), 'local', options.path)
    const severity = severityOf(first)
    const draft: EventDraft = web ?? {
      type: 'log.recorded',
      at: recordInstant(first) ?? options.now(),
      log: { service, path: clip(options.path, 8192), ...(severity === undefined ? {} : { severity }) },
      message: clip(lines.join('\n'), 1_048_576),
    }
    take(cut ? ({ ...draft, truncated: true } as EventDraft) : draft, place)
  }

  return {
    line(text, truncated, place) {
      if (text.trim() === '') return
      const timed = recordInstant(text) !== undefined || parseErrorLog(text, 'local') !== undefined
      if (timed) hasTimes = true
      const begins =
        !record || timed || (!hasTimes && !continues.test(text)) || record.place.sourceId !== place.sourceId
      if (begins) {
        settle()
        record = { lines: [text], characters: text.length, cut: truncated, place }
        return
      }
      if (!record) return
      record.cut ||= truncated
      if (record.lines.length >= recordLines || record.characters + text.length > recordCharacters) record.cut = true
      else {
        record.lines.push(text)
        record.characters += text.length
      }
    },
    settle,
    waiting: () => record?.place,
  }
}
