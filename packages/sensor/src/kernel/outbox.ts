/**
 * Events in, the same events out in the same order. An event may be held back for something that completes it; those
 * behind it wait too, so that a process' start is never seen after what it did.
 */
import type { Event } from '@rampart/event'

/** More than this waiting, and the first ones go out as they are. */
const heldLimit = 5_000

export interface Outbox {
  push(event: Event): void
  /** Holds the event until `ready` settles or `limitMs` passed. `ready` must not reject. */
  hold(event: Event, ready: Promise<unknown>, limitMs: number): void
  /** Sends what is waiting, complete or not. */
  flush(): void
}

interface Held {
  event: Event
  ready: boolean
}

export function outbox(emit: (event: Event) => void): Outbox {
  const held: Held[] = []
  const send = (all: boolean) => {
    let sent = 0
    for (const item of held) {
      if (!item.ready && !all && held.length - sent <= heldLimit) break
      sent++
      emit(item.event)
    }
    if (sent > 0) held.splice(0, sent)
  }
  return {
    push(event) {
      if (held.length === 0) emit(event)
      else {
        held.push({ event, ready: true })
        if (held.length > heldLimit) send(false)
      }
    },
    hold(event, ready, limitMs) {
      const item: Held = { event, ready: false }
      held.push(item)
      const release = () => {
        clearTimeout(timer)
        if (item.ready) return
        item.ready = true
        send(false)
      }
      const timer = setTimeout(release, limitMs)
      ready.then(release)
    },
    flush: () => send(true),
  }
}
