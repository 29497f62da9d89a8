/** What is remembered between the lines of one sshd connection, so that one attempt becomes one event. Bounded. */
import type { Endpoint } from '@rampart/event'

/** One connection, known by host and pid of its sshd process. */
export interface Connection {
  /** Refusals that already became an event although sshd is about to log the same attempt again. */
  announced: number
  /** Failed attempts that became events. */
  failures: number
  source?: Endpoint
}

export interface Connections {
  of(host: string | undefined, pid: number | undefined): Connection
  forget(host: string | undefined, pid: number | undefined): void
}

/** A table of at most `limit` connections; the one longest unused is forgotten first. Lines without pid share nothing. */
export function createConnections(limit = 4096): Connections {
  const known = new Map<string, Connection>()
  return {
    of(host, pid) {
      if (pid === undefined) return { announced: 0, failures: 0 }
      const key = `${pid}/${host ?? ''}`
      const found = known.get(key) ?? { announced: 0, failures: 0 }
      known.delete(key)
      known.set(key, found)
      if (known.size > limit) known.delete(known.keys().next().value ?? '')
      return found
    },
    forget(host, pid) {
      known.delete(`${pid}/${host ?? ''}`)
    },
  }
}
