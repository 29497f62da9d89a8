/** What every sensor is: a name, a life cycle, health. Events and health go out through the context it is given. */
import type { Asset, Event } from '@rampart/event'

/** One place to watch. Paths are absolute; a component `*` stands for any one name. */
export interface PathWatch {
  path: string
  /**
   * `all`: every change at and below the path. `executables`: only files that are executable or begin like a program
   * or script. `none`: nothing at and below it, although a watch above would include it.
   */
  report: 'all' | 'executables' | 'none'
  /** True to put the beginning of a text file into `file.written`, if the file's mode lets everybody read it. */
  content?: boolean
  /** True to do so although not everybody may read the file: for places that hold commands, never secrets. */
  privateContent?: boolean
  /** True to put the SHA-256 of the whole file into `file.written`, once it was closed. Needs fanotify. */
  hash?: boolean
}

/** The ways to see what happens, best first; `auto` tries them in this order. */
export const rungs = ['lsm', 'ebpf', 'fanotify', 'tracefs', 'polling'] as const
export type Rung = (typeof rungs)[number]

/** What people decide about sensors. `watches` may change while sensors run; all else needs a restart. */
export interface SensorPolicy {
  watches: readonly PathWatch[]
  /** How long `process.started` waits for a digest that is not in the cache yet. 0 switches digests off. */
  hashWaitMs: number
  /** Files larger than this are not hashed. */
  hashLimitBytes: number
  /** Size of the ring between kernel and sensor; a power of two, at least 64 KiB. */
  ringBytes: number
  /** Only for tests and for finding faults: this rung of the ladder, or those below it, even if a better one works. */
  rung?: Rung | 'auto'
}

export interface SensorContext {
  asset: Asset
  /** Identifies this boot of the host (`/proc/sys/kernel/random/boot_id`). */
  bootId: string
  emit(event: Event): void
  /** Resolves when everything emitted so far is in the agent's spool. Absent: it is when `emit` returns. */
  stored?(): Promise<void>
  /** Called when the health of a sensor changed, and every few seconds while its counters move. */
  report(health: SensorHealth): void
  /** Directory of the agent, where sensors keep positions and sequence numbers. */
  stateDirectory: string
  policy: SensorPolicy
  /**
   * Process ids of the agent besides the sensor's own: their file, network and privilege events are left out, and deadly
   * signals to them are reported.
   */
  ownProcesses?: readonly number[]
  /**
   * Tells of processes that the agent starts for a while, such as the one that carries tasks out: of those there are now at
   * once, of others as they come. What they do to files, network and privileges is left out too.
   */
  onHelper?(leaveOut: (pid: number) => void): void
}

export type SensorState = 'running' | 'unavailable' | 'failed' | 'degraded'

/** One place that a sensor reads from or listens on: a log file, the journal, a receiver. */
export interface SensorSource {
  /** What kind of place: `auth`, `access`, `json`, `syslog-udp` … */
  kind: string
  /** Path of a file, or address listened on. */
  name: string
  state: 'reading' | 'missing' | 'not-readable' | 'not-a-file' | 'listening' | 'failed'
  reason?: string
  events: number
  /** Records lost here, when that is counted by source. */
  lost?: number
}

export interface SensorHealth {
  sensor: string
  state: SensorState
  /** What is wrong and what to do about it, in one sentence each. Absent while everything works. */
  reason?: string
  eventsSeen: number
  eventsLost: number
  /** Loss by cause, e.g. `ring-full`; sums up to `eventsLost`. */
  lostByCause: Record<string, number>
  /** By event type: whether this host can produce it, and if not, why. */
  capabilities: Record<string, { works: boolean; reason?: string }>
  /** For sensors that read from several places: each of them. */
  sources?: SensorSource[]
}

export interface Sensor {
  readonly name: string
  start(): Promise<void>
  stop(): Promise<void>
  health(): SensorHealth
  /** Takes another watch list over without losing an event. Absent: the sensor watches no files. */
  watch?(watches: readonly PathWatch[]): void
}
