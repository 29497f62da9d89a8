/** What a channel sends next: one alert, a digest of what was kept back, or nothing until some instant. Pure. */
import type { ChannelSettings } from '@rampart/api'
import { quietMinutes } from './quiet.ts'
import type { Waiting } from './store.ts'

export interface Step {
  /** What to tell in one message now; several are a digest. */
  tell: readonly Waiting[]
  /** What is kept back, and comes as a digest later. */
  hold: readonly Waiting[]
  /** When to look again if nothing else happens, ms; null when nothing waits. */
  againAt: number | null
}

const minuteMs = 60_000

/** `sent` are the instants of the messages that got through within the window of the limit, oldest first. */
export function planStep(
  settings: ChannelSettings,
  waiting: readonly Waiting[],
  sent: readonly number[],
  at: number,
): Step {
  if (waiting.length === 0) return { tell: [], hold: [], againAt: null }
  const quietMs = settings.quiet ? quietMinutes(settings.quiet, at) * minuteMs : 0
  const passes = (one: Waiting) => quietMs === 0 || (one.urgent && settings.quiet?.urgentAnyway === true)
  const now = waiting.filter(passes)
  const quiet = waiting.filter((one) => !passes(one))
  if (now.length === 0) return { tell: [], hold: quiet, againAt: at + quietMs }

  const { messages, minutes } = settings.limit
  const free = messages - sent.length
  if (free <= 0) {
    // A clock that was set back must not silence the channel for longer than the window.
    const oldest = Math.min(sent[0] ?? at, at)
    return { tell: [], hold: waiting, againAt: oldest + minutes * minuteMs + 1 }
  }
  const [first] = now
  // The last free message of the window takes everything; what was kept back comes together.
  const together = now.length > 1 && (free === 1 || now.some((one) => one.held))
  return { tell: together ? now : first ? [first] : [], hold: quiet, againAt: at }
}
