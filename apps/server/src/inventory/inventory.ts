/** Inventories of agents as they come in: each part is stored and answered with what the server has then. */
import { type Database, isDiskFull } from '@rampart/alert'
import type { AgentMessage, InventoryKind, ServerMessage } from '@rampart/api'
import { readInventoryPart } from './part.ts'
import { InventoryQuestions } from './questions.ts'
import { InventoryStore } from './store.ts'

type Part = Extract<AgentMessage, { type: 'inventory' }>
type CollectedAt = NonNullable<Extract<AgentMessage, { type: 'health' }>['inventory']>

interface InventoryOptions {
  database: Database
  send(assetId: string, message: ServerMessage): void
  now(): number
  /** What an asset has changed. */
  onChange(assetId: string): void
  onRefused(code: 'inventory.invalid' | 'inventory.too-often'): void
}

/** Parts that an agent may send at once, and how fast it may send more. */
const partsAtOnce = 120
const partEveryMs = 1_000

export class Inventory {
  readonly store: InventoryStore
  readonly questions: InventoryQuestions
  readonly #options: InventoryOptions
  /** Assets whose connected agent tells its inventory, with the room it has left for parts. */
  readonly #agents = new Map<string, { room: number; at: number }>()

  constructor(options: InventoryOptions) {
    this.#options = options
    this.store = new InventoryStore(options.database)
    this.questions = new InventoryQuestions(options.database)
  }

  /** True for an agent that tells, or has told, what its host has. */
  isSupported(assetId: string): boolean {
    return this.#agents.has(assetId) || Object.keys(this.store.digests(assetId)).length > 0
  }

  /** An agent was welcomed: told what is here, it sends what differs. */
  connected(assetId: string, tells: boolean): void {
    if (!tells) {
      this.#agents.delete(assetId)
      return
    }
    this.#agents.set(assetId, { room: partsAtOnce, at: performance.now() })
    this.#answer(assetId)
  }

  disconnected(assetId: string): void {
    this.#agents.delete(assetId)
  }

  /** A part that cannot be stored now is not answered: the agent sends it again. */
  async take(assetId: string, message: Part): Promise<void> {
    if (!this.#hasRoom(assetId)) return this.#options.onRefused('inventory.too-often')
    const part = await readInventoryPart(message.payload)
    if (part === undefined) return this.#options.onRefused('inventory.invalid')
    const { payload: _, type: __, ...head } = message
    try {
      if (this.store.take(assetId, head, part, this.#options.now())) this.#options.onChange(assetId)
    } catch (error) {
      if (isDiskFull(error)) return
      throw error
    }
    this.#answer(assetId, message.kind)
  }

  /** When each kind was looked at last, from a heartbeat. */
  confirmed(assetId: string, kinds: CollectedAt): void {
    try {
      this.store.confirmed(assetId, kinds, this.#options.now())
    } catch (error) {
      if (!isDiskFull(error)) throw error
    }
  }

  #answer(assetId: string, about?: InventoryKind): void {
    const digests = this.store.digests(assetId)
    this.#options.send(assetId, { type: 'inventory-known', digests, ...(about && { about }) })
  }

  #hasRoom(assetId: string): boolean {
    const agent = this.#agents.get(assetId)
    if (agent === undefined) return false
    const now = performance.now()
    agent.room = Math.min(partsAtOnce, agent.room + (now - agent.at) / partEveryMs)
    agent.at = now
    if (agent.room < 1) return false
    agent.room--
    return true
  }
}
