/** Quiet hours of a day in a time zone. Pure. */
export interface QuietHours {
  /** `HH:MM`; a span may go over midnight, and an equal `to` means the whole day. */
  from: string
  to: string
  zone: string
}

const dayMinutes = 1440

/** Minutes until the quiet hours end; 0 outside of them. A change of the clock in between may shift the end: ask again then. */
export function quietMinutes({ from, to, zone }: QuietHours, at: number): number {
  const now = minuteOf(timeIn(zone, at))
  const start = minuteOf(from)
  const end = minuteOf(to)
  const length = (end - start + dayMinutes) % dayMinutes || dayMinutes
  const since = (now - start + dayMinutes) % dayMinutes
  return since < length ? length - since : 0
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
