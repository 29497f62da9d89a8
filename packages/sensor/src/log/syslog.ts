/**
 * One line of a syslog file → its header and message. RFC 5424, RFC 3164 (with and without priority), and the
 * ISO-timestamp form that rsyslog writes by default on current distributions. Pure; never throws.
 */

/** A syslog line taken apart. `message` has no header; `program` has no path and no pid. */
export interface SyslogLine {
  at: number
  host?: string
  program: string
  pid?: number
  message: string
  facility?: string
  severity?: string
}

/** How to read a time without year or zone. */
export interface SyslogTime {
  /** An instant at or after the line: time of reading, or of the last change of the file. ms since epoch. */
  reference: number
  /** The zone of the machine that wrote the file; only `local` and `utc` are known. */
  zone: 'utc' | 'local'
}

const facilities = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp', 'ntp'],
  ...['audit', 'alert', 'clock', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
]
const severities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']
const months: Record<string, number> = {
  ...{ Jan: 0, Feb: 1, Mar: 2, Apr: 3, May: 4, Jun: 5, Jul: 6, Aug: 7, Sep: 8, Oct: 9, Nov: 10, Dec: 11 },
}
const dayMs = 86_400_000

const priority = /^<(\d{1,3})>/
const bsdTime = /^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))? /
const bsdTimeWithYear = /^([A-Z][a-z]{2}) ([ \d]\d) (\d{4}) (\d\d):(\d\d):(\d\d) /
const isoTime = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?) /
const version5424 = /^1 (\S+) (\S+) (\S+) (\S+) (\S+) /
const tag = /^([^\s[:]{1,128})(?:\[(\d{1,10})\])?: ?/
const hostName = /^([^\s:[\]]{1,255}) /

/** The names of facility and severity of a priority value (0 to 191). */
export function splitPriority(value: number): { facility?: string; severity?: string } {
  return { facility: facilities[value >> 3], severity: severities[value & 7] }
}

/**
 * The instant of a BSD timestamp: the latest year that does not put it more than a day after the reference, so the
 * roll-over of a year inside a file comes out right for files up to a year old.
 */
function bsdInstant(parts: RegExpExecArray, time: SyslogTime): number | undefined {
  const month = months[parts[1] ?? '']
  if (month === undefined) return undefined
  const [day, hour, minute, second] = [Number(parts[2]), Number(parts[3]), Number(parts[4]), Number(parts[5])]
  const fraction = parts[6] === undefined ? 0 : Number(`0.${parts[6]}`) * 1000
  const inYear = (year: number) =>
    (time.zone === 'utc'
      ? Date.UTC(year, month, day, hour, minute, second)
      : new Date(year, month, day, hour, minute, second).getTime()) + fraction
  const year = new Date(time.reference).getUTCFullYear()
  for (const candidate of [year + 1, year, year - 1]) {
    const at = inYear(candidate)
    if (at <= time.reference + dayMs) return at < 0 ? undefined : at
  }
  return undefined
}

/** Milliseconds of an ISO 8601 timestamp; one without a zone is read in `zone`. */
export function isoInstant(text: string, zone: SyslogTime['zone']): number | undefined {
  let normal = text.replace(' ', 'T').replace(',', '.')
  if (zone === 'utc' && !/(?:Z|[+-]\d\d:?\d\d)$/.test(normal)) normal += 'Z'
  const at = Date.parse(normal)
  return Number.isNaN(at) || at < 0 ? undefined : at
}

/** Splits `program[pid]: message`; a line without a tag has the program `unknown`. */
function splitTag(rest: string): { program: string; pid?: number; message: string } {
  const found = tag.exec(rest)
  if (!found) return { program: 'unknown', message: rest }
  const name = found[1] ?? ''
  const program = name.slice(name.lastIndexOf('/') + 1) || name
  return {
    // `(systemd)` before it becomes the service, `gdm-password]` as display managers log.
    program: program.replace(/^\((.+)\)$|\]$/, '$1') || program,
    ...(found[2] === undefined ? {} : { pid: Number(found[2]) }),
    message: rest.slice(found[0].length),
  }
}

/** End of RFC 5424 structured data that starts at `from`, or undefined when it is malformed. */
function structuredDataEnd(text: string, from: number): number | undefined {
  if (text[from] === '-') return from + 1
  let index = from
  while (text[index] === '[') {
    let quoted = false
    for (index++; index < text.length; index++) {
      const character = text[index]
      if (quoted && character === '\\') index++
      else if (character === '"') quoted = !quoted
      else if (!quoted && character === ']') break
    }
    if (index >= text.length) return undefined
    index++
  }
  return index === from ? undefined : index
}

function parse5424(rest: string, time: SyslogTime): Omit<SyslogLine, 'facility' | 'severity'> | undefined {
  const header = version5424.exec(rest)
  if (!header) return undefined
  const at = header[1] === '-' ? time.reference : isoInstant(header[1] ?? '', time.zone)
  const end = structuredDataEnd(rest, header[0].length)
  if (at === undefined || end === undefined) return undefined
  const [host, name, pid] = [header[2] ?? '-', header[3] ?? '-', header[4] ?? '-']
  return {
    at,
    ...(host === '-' ? {} : { host }),
    program: (name === '-' ? 'unknown' : name.slice(name.lastIndexOf('/') + 1)).slice(0, 128) || 'unknown',
    ...(/^\d{1,10}$/.test(pid) ? { pid: Number(pid) } : {}),
    message: rest.slice(end + 1).replace(/^\ufeff/, ''),
  }
}

/** Takes a syslog line apart, or returns undefined when it has no header of a known form. Linear in its length. */
export function parseSyslogLine(line: string, time: SyslogTime): SyslogLine | undefined {
  let rest = line
  let level: { facility?: string; severity?: string } = {}
  const found = priority.exec(rest)
  if (found) {
    level = splitPriority(Number(found[1]))
    rest = rest.slice(found[0].length)
    const modern = parse5424(rest, time)
    if (modern) return { ...modern, ...level }
  } else if (rest.startsWith('1 ')) {
    const modern = parse5424(rest, time)
    if (modern) return modern
  }
  const bsd = bsdTime.exec(rest)
  const at = bsd ? bsdInstant(bsd, time) : otherInstant(rest, time)
  if (at === undefined) return undefined
  const header = bsd ?? bsdTimeWithYear.exec(rest) ?? isoTime.exec(rest)
  rest = rest.slice(header?.[0].length ?? 0)
  const host = hostName.exec(rest)
  // A line without a host (`Jan  1 00:00:00 sshd[1]: …`): the first word is then the tag and ends with a colon.
  const hostText = host?.[1]
  const afterHost = host && hostText !== undefined ? rest.slice(host[0].length) : rest
  return { at, ...(hostText === undefined ? {} : { host: hostText }), ...splitTag(afterHost), ...level }
}

function otherInstant(rest: string, time: SyslogTime): number | undefined {
  const iso = isoTime.exec(rest)
  if (iso) return isoInstant(iso[1] ?? '', time.zone)
  const dated = bsdTimeWithYear.exec(rest)
  if (!dated) return undefined
  const month = months[dated[1] ?? '']
  if (month === undefined) return undefined
  const parts = [
    Number(dated[3]),
    month,
    Number(dated[2]),
    Number(dated[4]),
    Number(dated[5]),
    Number(dated[6]),
  ] as const
  return time.zone === 'utc' ? Date.UTC(...parts) : new Date(...parts).getTime()
}
