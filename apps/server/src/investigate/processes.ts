/** Events → what is known of each process: who started it, when it ended, what it did. Bounded by the events given. */
import type { TreeProcess } from '@rampart/api'
import type { Ancestor, Event, Process } from '@rampart/event'
import { iso } from '../api/process-chain.ts'

/** One process, gathered from all events that name it. */
export interface KnownProcess {
  entityId: string
  pid: number
  parentId: string | null
  name: string | null
  executable: string | null
  commandLine: string | null
  user: string | null
  startedAt: number | null
  endedAt: number | null
  exitCode: number | null
  signal: number | null
  connections: number
  files: number
}

const fileTypes = new Set(['file.written', 'file.renamed', 'file.removed', 'file.mode-changed', 'file.linked'])
const networkTypes = new Set(['network.connected', 'network.accepted', 'network.listening', 'dns.asked'])

/** Puts processes together event by event; the order of events does not matter. */
export class ProcessTable {
  readonly #known = new Map<string, KnownProcess>()
  readonly #seen = new Set<string>()

  add(events: readonly Event[]): void {
    for (const event of events) {
      if (this.#seen.has(event.id)) continue
      this.#seen.add(event.id)
      this.#addEvent(event)
    }
  }

  #addEvent(event: Event): void {
    const { process } = event
    if (!process) return
    const chain: (Ancestor | Process)[] = [process, ...(process.ancestors ?? (process.parent ? [process.parent] : []))]
    for (const [place, one] of chain.entries()) this.#describe(one, chain[place + 1]?.entityId ?? null)
    const known = this.#known.get(process.entityId)
    if (!known) return
    known.user ??= event.user?.name ?? null
    if (event.type === 'process.started') {
      // A program that replaces itself keeps its process: the latest is what it is now.
      known.commandLine = process.commandLine ?? known.commandLine
      known.executable = process.executable ?? known.executable
    }
    if (event.type === 'process.ended') {
      known.endedAt = event.at
      known.exitCode = event.exitCode ?? null
      known.signal = event.signal ?? null
    }
    if (fileTypes.has(event.type)) known.files += event.count ?? 1
    if (networkTypes.has(event.type)) known.connections += event.count ?? 1
  }

  #describe(process: Ancestor | Process, parentId: string | null): void {
    const known = this.#known.get(process.entityId)
    if (known) {
      known.parentId ??= parentId
      known.name ??= process.name ?? null
      known.executable ??= process.executable ?? null
      known.commandLine ??= process.commandLine ?? null
      known.user ??= process.user?.name ?? null
      known.startedAt ??= process.startedAt ?? null
      return
    }
    this.#known.set(process.entityId, {
      entityId: process.entityId,
      pid: process.pid,
      parentId,
      name: process.name ?? null,
      executable: process.executable ?? null,
      commandLine: process.commandLine ?? null,
      user: process.user?.name ?? (process.user?.id === undefined ? null : String(process.user.id)),
      startedAt: process.startedAt ?? null,
      endedAt: null,
      exitCode: null,
      signal: null,
      connections: 0,
      files: 0,
    })
  }

  get(entityId: string): KnownProcess | undefined {
    return this.#known.get(entityId)
  }

  /** By start, then id. */
  childrenOf(entityId: string): KnownProcess[] {
    return [...this.#known.values()].filter(({ parentId }) => parentId === entityId).sort(byStart)
  }

  /** From the uppermost known ancestor down to the process itself; at most 64. */
  chainOf(entityId: string): KnownProcess[] {
    const chain: KnownProcess[] = []
    for (let one = this.#known.get(entityId); one && chain.length < 64 && !chain.includes(one); ) {
      chain.unshift(one)
      one = one.parentId === null ? undefined : this.#known.get(one.parentId)
    }
    return chain
  }
}

const byStart = (one: KnownProcess, other: KnownProcess) =>
  (one.startedAt ?? 0) - (other.startedAt ?? 0) || (one.entityId < other.entityId ? -1 : 1)

/** `counted`: its events were asked for, so that the counts mean something. */
export function toTreeProcess(
  process: KnownProcess,
  { marked, alerts, children, counted }: Pick<TreeProcess, 'marked' | 'alerts' | 'children'> & { counted: boolean },
): TreeProcess {
  const { connections, files, startedAt, endedAt, ...rest } = process
  return {
    ...rest,
    name: process.name ?? process.executable?.split('/').pop() ?? null,
    startedAt: startedAt === null ? null : iso(startedAt),
    endedAt: endedAt === null ? null : iso(endedAt),
    marked,
    alerts,
    children,
    connections: counted ? connections : null,
    files: counted ? files : null,
  }
}
