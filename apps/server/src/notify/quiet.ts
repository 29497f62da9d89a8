/** Quiet hours of a day in a time zone. Pure. */
export interface QuietHours {
  /** `HH:MM`; a span may go over midnight, and an equal `to` means the whole day. */
  from: string
  to: string
  zone: string
}

const dayMinutes = 1440

/** Minutes until the quiet hours end; 0 outside of them. A change of the clock in between is counted. */
export function quietMinutes({ from, to, zone }: QuietHours, at: number): number {
  const now = minuteOf(timeIn(zone, at))
  const start = minuteOf(from)
  const end = minuteOf(to)
  const length = (end - start + dayMinutes) % dayMinutes || dayMinutes
  const since = (now - start + dayMinutes) % dayMinutes
  if (since >= length) return 0
  const left = length - since
  // Where the clock was put forward or back in between, the end by the clock is not where the minutes lead.
  const shift = (minuteOf(timeIn(zone, at + left * 60_000)) - end + dayMinutes) % dayMinutes
  return Math.max(1, left - (shift > dayMinutes / 2 ? shift - dayMinutes : shift))
}

/** True for a zone that this runtime knows. */
export function isZone(zone: string): boolean {
  try {
    timeIn(zone, 0)
    return true
  } catch {
    return false
  }
}

function timeIn(zone: string, at: number): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at)
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}
