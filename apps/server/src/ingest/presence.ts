/** Which agents are there: online, gone without a word, silent, stopped. Says so as events and keeps it in the store. */
import type { AgentMessage, PackageArchitecture } from '@rampart/api'
import type { Agent, Agents, SensorHealth } from '../store/agents.ts'
import { type HealthNews, type Heartbeat, healthNews } from './health-change.ts'

/** A change that becomes an event `agent.state-changed`. */
export interface PresenceChange {
  assetId: string
  state: 'online' | 'silent' | 'stopped' | 'cloned' | HealthNews['state']
  reason?: string
  silentMs?: number
  /** Events, for `losing-events`. */
  lost?: number
}

export interface PresenceParts {
  agents: Agents
  /** Silence longer than this makes an agent silent, ms. */
  silentAfterMs: number
  /** Wall clock, for what is shown. */
  now: () => number
  /** True while a task removes the agent of this asset. */
  isLeaving: (assetId: string) => boolean
  /** A clock that never jumps, for measuring silence. */
  monotonic: () => number
  onChange: (change: PresenceChange) => void
  /** Anything that an asset's page shows changed. */
  onSeen: (assetId: string) => void
}

type Hello = Extract<AgentMessage, { type: 'hello' }>
type Health = Extract<AgentMessage, { type: 'health' }>

/** Why an agent is offline that goes for good. */
const leavingReason = 'it is being uninstalled'
/** An agent that is removed says so within this time, or it counts as silent, ms. */
const leavesWithinMs = 15 * 60_000

export class Presence {
  readonly #parts: PresenceParts
  readonly #agents = new Map<string, Agent>()
  /** Since when nothing was heard; after a start of the server agents get the whole time once more. */
  readonly #heardAt = new Map<string, number>()
  readonly #unsaved = new Set<string>()
  readonly #sensors: Map<string, readonly SensorHealth[]>
  /** Of this connection. */
  readonly #heartbeats = new Map<string, Heartbeat>()
  /** Architectures of the packages that agents run from, as they said when they connected. */
  readonly #packages = new Map<string, PackageArchitecture>()
  readonly #unsavedSensors = new Set<string>()
  readonly #clocks: NodeJS.Timeout[] = []

  constructor(parts: PresenceParts) {
    this.#parts = parts
    this.#sensors = parts.agents.sensors()
    for (const agent of parts.agents.all()) {
      if (agent.state === 'online') this.#agents.set(agent.assetId, { ...agent, state: 'offline' })
      else this.#agents.set(agent.assetId, agent)
      this.#heardAt.set(agent.assetId, parts.monotonic())
    }
  }

  /** Begins to look for silence and to save what was heard. */
  start(): void {
    const tick = Math.max(200, Math.min(2000, this.#parts.silentAfterMs / 8))
    this.#clocks.push(
      setInterval(() => this.#findSilent(), tick),
      setInterval(() => this.save(), 5000),
    )
  }

  stop(): void {
    for (const clock of this.#clocks) clearInterval(clock)
    this.save()
  }

  /** Takes note of an agent that was just enrolled. */
  enrolled(assetId: string): void {
    const agent = this.#parts.agents.agent(assetId)
    if (agent && !this.#agents.has(assetId)) this.#agents.set(assetId, agent)
    this.#parts.onSeen(assetId)
  }

  all(): Agent[] {
    return [...this.#agents.values()]
  }

  agent(assetId: string): Agent | null {
    return this.#agents.get(assetId) ?? null
  }

  /** False for an asset that has none, or none any more. */
  hasAgent(assetId: string): boolean {
    const agent = this.agent(assetId)
    return agent !== null && agent.state !== 'uninstalled'
  }

  /** Sensors of an asset, from the last heartbeat of its agent. */
  sensors(assetId: string): readonly SensorHealth[] {
    return this.#sensors.get(assetId) ?? []
  }

  /** Architecture of the package that the agent runs from; null when it runs from none or did not connect yet. */
  packageOf(assetId: string): PackageArchitecture | null {
    return this.#packages.get(assetId) ?? null
  }

  connected(assetId: string, hello: Hello): void {
    const now = this.#parts.now()
    const before = this.#agents.get(assetId) ?? this.#parts.agents.agent(assetId)
    if (!before) return
    this.#agents.set(assetId, {
      ...before,
      state: 'online',
      reason: null,
      version: hello.agentVersion,
      bootId: hello.bootId,
      connectedAt: now,
    })
    const { packageArchitecture } = hello.host
    if (packageArchitecture === undefined) this.#packages.delete(assetId)
    else this.#packages.set(assetId, packageArchitecture)
    this.#heartbeats.delete(assetId)
    this.heard(assetId)
    if (before.state !== 'online') this.#parts.onChange({ assetId, state: 'online' })
    this.#parts.onSeen(assetId)
  }

  /** Any message, and any moment at which we ourselves keep the agent waiting, counts as a sign of life. */
  heard(assetId: string): void {
    const agent = this.#agents.get(assetId)
    if (!agent) return
    agent.lastSeenAt = this.#parts.now()
    this.#heardAt.set(assetId, this.#parts.monotonic())
    this.#unsaved.add(assetId)
  }

  health(assetId: string, health: Health): void {
    const agent = this.#agents.get(assetId)
    if (!agent) return
    const before = troubles(this.sensors(assetId), agent.spool)
    const heartbeat = { sensors: health.sensors, dropped: health.spool.dropped }
    // A removal that the server ordered takes the agent apart; should it fail, what is wrong then is news.
    const leaves = this.#parts.isLeaving(assetId)
    const news = leaves ? [] : healthNews(this.#heartbeats.get(assetId), heartbeat)
    if (!leaves) this.#heartbeats.set(assetId, heartbeat)
    agent.spool = health.spool
    agent.resources = health.resources
    this.#sensors.set(assetId, health.sensors)
    this.#unsavedSensors.add(assetId)
    this.heard(assetId)
    // Counters rise with every heartbeat; only what needs looking at is worth a message to every browser.
    if (troubles(health.sensors, health.spool) !== before) this.#parts.onSeen(assetId)
    for (const one of news) this.#parts.onChange({ assetId, ...one })
  }

  /** The connection ended. `stopped` is what the agent said before, if it said goodbye. */
  disconnected(assetId: string, stopped: string | null): void {
    const agent = this.#agents.get(assetId)
    if (agent?.state !== 'online') return
    const leaves = this.#parts.isLeaving(assetId)
    agent.state = 'offline'
    agent.reason = leaves ? leavingReason : stopped
    // Not a sign of life: a frozen agent is cut off long after its last word.
    this.#unsaved.add(assetId)
    if (stopped !== null && !leaves) this.#parts.onChange({ assetId, state: 'stopped', reason: stopped })
    this.#parts.onSeen(assetId)
  }

  /** Something that an asset's page shows changed elsewhere. */
  touched(assetId: string): void {
    this.#parts.onSeen(assetId)
  }

  /** Its certificates were taken back: nothing is expected of it any more. */
  givenUp(assetId: string, reason: string): void {
    const agent = this.#agents.get(assetId)
    if (!agent || agent.state === 'never connected' || agent.state === 'uninstalled') return
    agent.state = 'offline'
    agent.reason = reason
    this.#unsaved.add(assetId)
    this.#parts.onSeen(assetId)
  }

  /** Its agent was removed in order. */
  uninstalled(assetId: string, reason: string): void {
    const agent = this.#agents.get(assetId)
    if (!agent) return
    agent.state = 'uninstalled'
    agent.reason = reason
    this.#sensors.set(assetId, [])
    this.#unsaved.add(assetId)
    this.#unsavedSensors.add(assetId)
    this.#parts.onSeen(assetId)
  }

  /** It was to be removed and stays: its silence counts again. */
  stays(assetId: string): void {
    const agent = this.#agents.get(assetId)
    if (agent?.state !== 'offline' || agent.reason !== leavingReason) return
    agent.reason = null
    this.#heardAt.set(assetId, this.#parts.monotonic())
    this.#unsaved.add(assetId)
  }

  #findSilent(): void {
    const now = this.#parts.monotonic()
    for (const agent of this.#agents.values()) {
      const isLeaving = agent.state === 'offline' && agent.reason === leavingReason
      const lost = agent.state === 'online' || (agent.state === 'offline' && agent.reason === null) || isLeaving
      const limitMs = isLeaving ? Math.max(leavesWithinMs, this.#parts.silentAfterMs) : this.#parts.silentAfterMs
      const silentMs = now - (this.#heardAt.get(agent.assetId) ?? now)
      if (!lost || silentMs < limitMs) continue
      agent.state = 'silent'
      this.#unsaved.add(agent.assetId)
      this.#parts.onChange({ assetId: agent.assetId, state: 'silent', silentMs: Math.round(silentMs) })
      this.#parts.onSeen(agent.assetId)
    }
  }

  /** Writes what changed; a full disk loses only times, and the next turn tries again. */
  save(): void {
    if (this.#unsaved.size === 0) return
    const agents = [...this.#unsaved].map((id) => this.#agents.get(id)).filter((agent) => agent !== undefined)
    const sensors = [...this.#unsavedSensors].map((id) => [id, this.sensors(id)] as const)
    try {
      this.#parts.agents.save(agents, sensors, this.#parts.now())
      this.#unsaved.clear()
      this.#unsavedSensors.clear()
    } catch {
      // Kept in #unsaved.
    }
  }
}

/** States and losses as one text, to see whether they changed. */
function troubles(sensors: readonly SensorHealth[], spool: Health['spool'] | null): string {
  const states = sensors.map(({ sensor, state, reason, eventsLost }) => [sensor, state, reason, eventsLost])
  return JSON.stringify([states, spool?.dropped ?? {}])
}
