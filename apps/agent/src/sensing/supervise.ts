/**
 * Keeps one sensor process alive: starts it, takes over one that an earlier agent left, restarts it with growing waits
 * when it dies or hangs, and passes on what it sends.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { SensorHealth } from '@rampart/sensor'
import { readHead } from '@rampart/sensor/read-head'
import { createBackoff } from '../backoff.ts'
import { failedSensor } from './failed-sensor.ts'
import type { EventFrame, MessageFrame } from './frames.ts'
import type { InventoryKnown, InventoryPart } from './inventory-report.ts'
import { type Link, openLink, type ToAgent, type ToSensors } from './link.ts'
import type { SensingSettings } from './settings.ts'

export interface SensingOptions {
  settings: SensingSettings
  /** Node's own flags for the process. */
  nodeFlags: readonly string[]
  /** pid of a process that an earlier run left, if one may still live. */
  leftBehind: number | undefined
  policy: () => Record<string, unknown>
  /** Last stored frame of a source. */
  frameOf(source: number): number
  onFrame(frame: EventFrame, settled: () => void): void
  /** Events lost in the sensor process since the last call. */
  onDrops(types: Record<string, number>, reason: 'queue-full' | 'too-large'): void
  /** A part of the host's inventory, for the server. */
  onInventory(part: InventoryPart): void
  /** A process starts or was taken over; for limits and for the next run's `leftBehind`. */
  onProcess(pid: number): void
}
export interface Sensing {
  /** pid of the sensor process, when there is one. */
  readonly pid: number | undefined
  readonly health: SensorHealth[]
  /** What was done to the sensors' kernel programs in the last minutes, one sentence with the time each. */
  tampering(): string[]
  /** Events that were merged into equal ones because their lane was flooded. */
  readonly merged: number
  /** A link that said hello as a sensor process. */
  adopt(socket: Socket, hello: Extract<ToAgent, { type: 'hello' }>): Link<ToSensors>
  /** When kinds of the inventory were looked at last. */
  readonly inventoryLookedAt: Readonly<Record<string, number>>
  /** Passes on what the server has of the inventory; null while it cannot be reached. */
  inventoryKnown(digests: InventoryKnown, about?: string): void
  /** What this process of the agent's does is left out, as long as it lives. */
  helper(pid: number): void
  /** Hands the policy over; a process that cannot take it over while it runs is ended in good order and another started. */
  applyPolicy(): void
  /** Resolves when the process has handed over everything and ended; killed after so long. */
  stop(waitMs: number): Promise<void>
}

const hangMs = 20_000
const healthyMs = 60_000
/** So long it stands in the health: a server that is away for a moment hears of it all the same. */
const tamperedShownMs = 600_000
const entry = fileURLToPath(new URL('./main.ts', import.meta.url))

export function superviseSensors(options: SensingOptions): Sensing {
  const backoff = createBackoff(200, 30_000)
  let child: ChildProcess | undefined
  let pid: number | undefined
  /** The last one; one that has ended is known by its parent, who is not this process. */
  let helper: number | undefined
  let link: Link<ToSensors> | undefined
  let startedAt = 0
  let heardAt = 0
  let restarts = 0
  let lastFault = ''
  let hung = false
  /** What the process found taken apart before it was ended. */
  let tampered: { fault: string; at: number } | undefined
  let ending = false
  let sensors: SensorHealth[] = []
  let merged = 0
  let inventory: InventoryKnown = null
  let lookedAt: Record<string, number> = {}
  let received = { source: 0, number: 0 }
  let counted: Record<string, Record<string, number>> = {}
  let timer: NodeJS.Timeout | undefined
  let stopping = false
  let restarting = false
  let onStopped: (() => void) | undefined

  function start(): void {
    timer = undefined
    child = spawn(process.execPath, [...options.nodeFlags, entry, JSON.stringify(options.settings)], {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit'],
      cwd: '/',
    })
    const own = child
    own.once('error', (error) => down(error.message))
    own.once(
      'exit',
      (code, signal) => own === child && down(signal === null ? `ended with code ${code}` : `was killed by ${signal}`),
    )
    begin(own.pid)
  }

  function begin(newPid: number | undefined): void {
    pid = newPid
    startedAt = heardAt = performance.now()
    counted = {}
    if (pid !== undefined) options.onProcess(pid)
  }

  function down(fault: string): void {
    child = undefined
    pid = undefined
    link = undefined
    if (stopping) {
      onStopped?.()
      return
    }
    if (restarting) {
      restarting = false
      start()
      return
    }
    lastFault = ending
      ? 'was started again after its kernel programs were taken apart'
      : hung
        ? 'did not answer and was killed'
        : fault
    hung = ending = false
    restarts++
    if (performance.now() - startedAt > healthyMs) backoff.reset()
    clearTimeout(timer)
    timer = setTimeout(start, backoff.next())
  }

  function adopt(socket: Socket, hello: Extract<ToAgent, { type: 'hello' }>): Link<ToSensors> {
    const own = openLink<ToSensors, ToAgent>(
      socket,
      (frame) => onFrame(frame, own),
      () => {
        if (own !== link) return
        link = undefined
        // A child tells by its exit; of an adopted process the closed link is all there is.
        if (child === undefined) down('closed its link')
      },
    )
    const foreign = pid !== undefined && hello.pid !== pid
    if (foreign || stopping || hello.build !== options.settings.build) {
      own.send({ type: 'stop' })
      return own
    }
    if (pid === undefined) {
      clearTimeout(timer)
      begin(hello.pid)
    }
    link = own
    if (restarting) {
      own.send({ type: 'stop' })
      return own
    }
    heardAt = performance.now()
    own.send({ type: 'welcome', frame: options.frameOf(hello.source), policy: options.policy() })
    own.send({ type: 'inventory-known', digests: inventory })
    if (helper !== undefined) own.send({ type: 'helper', pid: helper })
    return own
  }

  function onFrame(frame: EventFrame | MessageFrame<ToAgent>, from: Link<ToSensors>): void {
    heardAt = performance.now()
    if (frame.kind === 'message') onMessage(frame.message)
    else if (frame.number <= options.frameOf(frame.source)) from.send({ type: 'acknowledge', frame: frame.number })
    // Not when it is resent over a new link while its first copy still waits for a batch.
    else if (frame.source !== received.source || frame.number > received.number) {
      received = { source: frame.source, number: frame.number }
      options.onFrame(frame, () => link?.send({ type: 'acknowledge', frame: frame.number }))
    }
  }

  function restart(): void {
    restarting = true
    link?.send({ type: 'stop' })
  }

  /** Ended in good order, so that what it has goes out; started again with growing waits, as after a crash. */
  function endTampered(fault: string): void {
    if (ending || stopping) return
    ending = true
    tampered = { fault: fault.slice(0, 900), at: Date.now() }
    link?.send({ type: 'stop' })
  }

  function onMessage(message: ToAgent): void {
    if (message.type === 'restart') {
      if (message.fault === undefined) restart()
      else endTampered(message.fault)
    }
    if (message.type === 'inventory') options.onInventory(message.part)
    if (message.type === 'inventory-looked') lookedAt = message.at
    if (message.type === 'health') {
      sensors = message.sensors
      merged = message.merged
      for (const [reason, types] of [
        ['queue-full', message.dropped],
        ['too-large', message.tooLarge],
      ] as const) {
        const before = counted[reason] ?? {}
        options.onDrops(
          Object.fromEntries(Object.entries(types).map(([type, n]) => [type, n - (before[type] ?? 0)])),
          reason,
        )
        counted[reason] = types
      }
    }
  }

  const watchdog = setInterval(() => {
    if (pid !== undefined && performance.now() - heardAt > hangMs) {
      hung = true
      kill(pid)
    }
  }, 5_000)

  if (options.leftBehind !== undefined && isSensorProcess(options.leftBehind)) timer = setTimeout(start, 600)
  else start()

  return {
    get pid() {
      return pid
    },
    get merged() {
      return merged
    },
    get health() {
      const own = failedSensor('agent.sensing', '')
      own.state =
        pid === undefined
          ? 'failed'
          : restarts > 0 && performance.now() - startedAt < healthyMs * 5
            ? 'degraded'
            : 'running'
      if (own.state === 'running') delete own.reason
      else own.reason = `the sensor process ${lastFault}; restarts: ${restarts}`
      return [
        own,
        ...(pid === undefined
          ? sensors.map((one) => ({ ...one, state: 'failed' as const, reason: own.reason }))
          : sensors),
      ]
    },
    tampering: () =>
      tampered !== undefined && Date.now() - tampered.at < tamperedShownMs
        ? [`${new Date(tampered.at).toISOString()}: ${tampered.fault} The sensors were started again.`]
        : [],
    adopt,
    get inventoryLookedAt() {
      return lookedAt
    },
    inventoryKnown: (digests, about) => {
      inventory = digests
      link?.send({ type: 'inventory-known', digests, about })
    },
    helper: (started) => {
      helper = started
      link?.send({ type: 'helper', pid: started })
    },
    applyPolicy: () => {
      if (link === undefined) restart()
      else link.send({ type: 'policy', policy: options.policy() })
    },
    stop: async (waitMs) => {
      stopping = true
      clearTimeout(timer)
      clearInterval(watchdog)
      if (pid === undefined) return
      const ended = pid
      await new Promise<void>((resolve) => {
        onStopped = resolve
        if (link !== undefined) link.send({ type: 'stop' })
        else if (!kill(ended, 'SIGTERM')) resolve()
        setTimeout(resolve, waitMs).unref()
      })
      if (isSensorProcess(ended)) kill(ended)
    },
  }
}

/** False when the process is gone already. */
function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** True when the process of this pid is one of ours: the pid alone could be anybody's by now. */
function isSensorProcess(pid: number): boolean {
  try {
    return readHead(`/proc/${pid}/cmdline`, 4_096).toString().split('\0').includes(entry)
  } catch {
    return false
  }
}
