/**
 * Spool in, acknowledged batches out: keeps one connection up, sends batches in order inside a window, removes what the
 * server acknowledges, starts again from what the server says it has. Time is monotonic throughout.
 */
import type { AgentMessage, ServerMessage } from '@rampart/api'
import { createBackoff } from '../backoff.ts'
import type { Spool } from '../spool/spool.ts'
import { type Connection, type ConnectionOptions, connect } from './connection.ts'
import { protocolVersion } from './server-message.ts'

export interface DeliverOptions {
  spool: Spool
  spoolId: string
  assetId: string
  bootId: string
  machineId: string
  agentVersion: string
  host: () => Extract<AgentMessage, { type: 'hello' }>['host']
  /** Where to connect and with what; asked before each attempt, so that a renewed certificate is taken. */
  credentials: () => Pick<ConnectionOptions, 'url' | 'authority' | 'certificate' | 'key'>
  health: () => Extract<AgentMessage, { type: 'health' }>
  onPolicy(policy: Record<string, unknown>): void
  /** What the server has of the host's inventory; null when the connection is gone. */
  onInventoryKnown(message: InventoryNews | null): void
  tasks: {
    /** A task, or news of one. */
    take(message: TaskNews): void
    /** The server said welcome; what it should hear again may be sent now. */
    connected(): void
  }
  onState(state: DeliveryState): void
}
export type InventoryNews = Extract<ServerMessage, { type: 'inventory-known' }>
export type TaskNews = Extract<ServerMessage, { type: 'task' | 'cancel-task' | 'task-recorded' }>
export interface DeliveryState {
  connected: boolean
  /** Why not, or why not before; empty when nothing ever went wrong. */
  lastError: string
  attempts: number
}
export interface Delivery {
  readonly state: DeliveryState
  /** True while a batch written to the spool would leave at once. */
  readonly keepsUp: boolean
  /** Sends a message beside the batches; resolves when it left. Without effect while there is no welcome. */
  send(message: AgentMessage): Promise<void>
  /** Sends what is in the spool as far as the window allows. */
  pump(): void
  /** Says goodbye and closes; waits at most so long for outstanding acknowledgements. */
  stop(reason: string, waitMs: number): Promise<void>
}

/** A server that is busy stores what an earlier connection sent before it says welcome. */
const welcomeMs = 30_000
const windowBatches = 8
const windowBytes = 8 * 1024 * 1024
/**
 * How long to stay away at least after some endings, ms: close codes of packages/api, and 401 for a certificate that was
 * not accepted. After 4401 and 4403 only a person can help.
 */
const stayAwayMs: Record<number, number> = {
  401: 60_000,
  4400: 30_000,
  4401: Number.POSITIVE_INFINITY,
  4403: Number.POSITIVE_INFINITY,
  4409: 15_000,
  4429: 5_000,
}
/** A connection that held so long was a good one. */
const goodMs = 10_000
/** A server may not silence its agents for longer than this with one message. */
const longestPauseMs = 60_000

export function deliver(options: DeliverOptions): Delivery {
  const { spool } = options
  const state: DeliveryState = { connected: false, lastError: '', attempts: 0 }
  const backoff = createBackoff(250, 30_000)
  let connection: Connection | undefined
  let inFlight: { sequence: number; bytes: number }[] = []
  let inFlightBytes = 0
  let sent = 0
  let pausedUntil = 0
  let welcomedAt = Number.POSITIVE_INFINITY
  let heartbeat: NodeJS.Timeout | undefined
  let retry: NodeJS.Timeout | undefined
  let resume: NodeJS.Timeout | undefined
  let patience: NodeJS.Timeout | undefined
  let stopping = false
  let onClosed: (() => void) | undefined
  let onDrained: (() => void) | undefined

  function open(): void {
    state.attempts++
    try {
      connection = connect({ ...options.credentials(), onOpen, onMessage, onClose })
    } catch (error) {
      onClose((error as Error).message, 0)
    }
  }

  function onOpen(): void {
    connection?.send({
      type: 'hello',
      protocol: protocolVersion,
      agentVersion: options.agentVersion,
      bootId: options.bootId,
      spoolId: options.spoolId,
      machineId: options.machineId,
      inventory: 1,
      host: options.host(),
    })
    patience = setTimeout(() => connection?.close('the server did not say welcome'), welcomeMs)
  }

  function onMessage(message: ServerMessage): void {
    if (message.type === 'welcome') welcome(message)
    else if (message.type === 'acknowledge') acknowledge(message.sequence)
    else if (message.type === 'policy') options.onPolicy(message.policy)
    else if (message.type === 'slow-down') slowDown(message.pauseMs)
    else if (message.type === 'inventory-known') options.onInventoryKnown(message)
    else options.tasks.take(message)
  }

  function welcome({ assetId, acknowledged, heartbeatMs, policy }: Extract<ServerMessage, { type: 'welcome' }>): void {
    if (state.connected) connection?.close('the server said welcome twice')
    else if (assetId !== options.assetId) connection?.close('the server takes this agent for another one')
    else {
      clearTimeout(patience)
      spool.resume(acknowledged)
      sent = spool.acknowledged
      state.connected = true
      welcomedAt = performance.now()
      options.onPolicy(policy)
      options.onState(state)
      sendHealth()
      heartbeat = setInterval(sendHealth, Math.min(Math.max(heartbeatMs, 1_000), 300_000))
      pump()
      options.tasks.connected()
    }
  }

  function acknowledge(sequence: number): void {
    if (!state.connected || sequence > sent) {
      connection?.close('the server acknowledged what was not sent')
      return
    }
    while (inFlight[0] !== undefined && inFlight[0].sequence <= sequence) inFlightBytes -= inFlight.shift()?.bytes ?? 0
    spool.acknowledge(sequence)
    if (inFlight.length === 0) onDrained?.()
    pump()
  }

  function slowDown(pauseMs: number): void {
    const waitMs = Math.min(pauseMs, longestPauseMs)
    pausedUntil = performance.now() + waitMs
    clearTimeout(resume)
    resume = setTimeout(pump, waitMs + 1)
  }

  function onClose(reason: string, code: number): void {
    clearInterval(heartbeat)
    clearTimeout(resume)
    clearTimeout(patience)
    connection = undefined
    onClosed?.()
    if (state.connected) options.onInventoryKnown(null)
    state.connected = false
    if (!stopping) state.lastError = reason
    inFlight = []
    inFlightBytes = 0
    pausedUntil = 0
    spool.sent = 0
    onDrained?.()
    options.onState(state)
    if (performance.now() - welcomedAt > goodMs) backoff.reset()
    welcomedAt = Number.POSITIVE_INFINITY
    const waitMs = Math.max(backoff.next(), stayAwayMs[code] ?? 0)
    if (!stopping && Number.isFinite(waitMs)) retry = setTimeout(open, waitMs)
  }

  const room = () =>
    state.connected &&
    inFlight.length < windowBatches &&
    inFlightBytes < windowBytes &&
    performance.now() >= pausedUntil

  function pump(): void {
    while (room()) {
      const batch = spool.readAfter(sent)
      if (batch === undefined) return
      connection?.send({ type: 'batch', sequence: batch.sequence, events: batch.events, payload: batch.payload })
      inFlight.push({ sequence: batch.sequence, bytes: batch.payload.length })
      inFlightBytes += batch.payload.length
      sent = batch.sequence
      spool.sent = sent
    }
  }

  function sendHealth(): void {
    if (state.connected) connection?.send(options.health())
  }

  async function stop(reason: string, waitMs: number): Promise<void> {
    stopping = true
    clearTimeout(retry)
    if (connection === undefined) return
    pump()
    if (inFlight.length > 0)
      await new Promise<void>((resolve) => {
        onDrained = resolve
        setTimeout(resolve, waitMs).unref()
      })
    if (state.connected) connection?.send({ type: 'stopping', reason })
    await new Promise<void>((resolve) => {
      onClosed = resolve
      setTimeout(resolve, 300).unref()
      if (connection === undefined) resolve()
      else connection.close('stopping')
    })
  }

  open()
  return {
    state,
    get keepsUp() {
      return room()
    },
    send: async (message) => {
      if (state.connected) await connection?.send(message)
    },
    pump,
    stop,
  }
}
