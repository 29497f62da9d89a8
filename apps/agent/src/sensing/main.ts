/**
 * The sensor process: kernel and logs in, event frames out to the agent over its socket. It has everything that calls
 * foreign code, so that a fault there takes nothing else along; and it outlives the agent for a while, so that a restart of
 * the agent loses nothing.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Ledger, SensorHealth } from '@rampart/sensor'
import { keepSmall } from '../host/memory.ts'
import { failedSensor } from './failed-sensor.ts'
import { type InventoryReport, reportInventory } from './inventory-report.ts'
import { type Link, openLink, type ToAgent, type ToSensors } from './link.ts'
import { Outbox } from './outbox.ts'
import { canaryName, type HostContext, type StartedSensors, startSensors } from './sensors.ts'
import type { SensingSettings } from './settings.ts'
import type { Units } from './units.ts'
import { keepUnsent } from './unsent.ts'

const settings: SensingSettings = JSON.parse((import.meta.main && process.argv[2]) || '{}')
const healthMs = 4_000
const reconnectMs = 200

const outbox = new Outbox(randomBytes(4).readUInt32LE())
const reported = new Map<string, SensorHealth>()
let units: Units | undefined
let inventory: InventoryReport | undefined
let apply: StartedSensors['apply'] | undefined
let known: Extract<ToSensors, { type: 'inventory-known' }> | undefined
let started = false
/** False until every sensor has started or failed: half a list would look like a whole one. */
let settled = false
setTimeout(() => {
  settled = true
}, 10_000).unref()
let stopping = false
let link: Link<ToAgent> | undefined
let aloneSince = performance.now()

function attach(): void {
  const socket = connect(settings.socket)
  socket.once('connect', () => {
    link = openLink<ToAgent, ToSensors>(socket, (frame) => frame.kind === 'message' && obey(frame.message), detached)
    link.send({ type: 'hello', source: outbox.source, pid: process.pid, build: settings.build })
  })
  socket.once('error', () => link === undefined && detached())
}

function detached(): void {
  if (link !== undefined) aloneSince = performance.now()
  link = undefined
  outbox.detach()
  if (stopping) return
  if (performance.now() - aloneSince > settings.lingerMs) void stop()
  else setTimeout(attach, reconnectMs)
}

function obey(message: ToSensors): void {
  switch (message.type) {
    case 'welcome':
      outbox.attach((pieces) => link?.write(pieces), message.frame)
      if (!started) void start(message.policy)
      sendHealth()
      break
    case 'acknowledge':
      outbox.acknowledge(message.frame)
      break
    case 'policy':
      // What cannot change while it runs needs another process, which the agent starts when this one is gone.
      if (apply?.(message.policy) === true) sendHealth()
      else link?.send({ type: 'restart' })
      break
    case 'inventory-known':
      known = message
      inventory?.known(message.digests, message.about)
      break
    case 'helper':
      addHelper(message.pid)
      break
    case 'stop':
      void stop()
  }
}

/** Processes of the agent that work for a while; one that has ended is forgotten when the next one comes. */
let helpers: number[] = []
const leavers: ((pid: number) => void)[] = []

function addHelper(pid: number): void {
  helpers = [...helpers, pid].filter(isHelper)
  if (helpers.includes(pid)) for (const leaveOut of leavers) leaveOut(pid)
}

/** A child of the agent: an id that was given to another process meanwhile is not. */
function isHelper(pid: number): boolean {
  try {
    const [, parent] = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return Number(parent) === process.ppid
  } catch {
    return false
  }
}

async function start(policy: HostContext['policy']): Promise<void> {
  started = true
  const context: HostContext = {
    asset: settings.asset,
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    stateDirectory: settings.stateDirectory,
    // The agent that started this process: what it does is left out, and who kills it is told of.
    ownProcesses: [process.ppid],
    onHelper: (leaveOut) => {
      leavers.push(leaveOut)
      for (const pid of helpers) if (isHelper(pid)) leaveOut(pid)
    },
    policy,
    emit: (event) => outbox.push(event),
    stored: () => outbox.stored(),
    report: (health) => reported.set(health.sensor, health),
  }
  try {
    // Ended in good order, so that what all units have goes out; the agent starts another process.
    const sensors = await startSensors(context, settings, () => void stop())
    ;({ units, apply } = sensors)
    if (sensors.ledger !== undefined) tellInventory(sensors.ledger)
  } catch (error) {
    reported.set('sensors', failedSensor('sensors', `the sensors could not be loaded: ${(error as Error).message}`))
  }
  settled = true
  sendHealth()
}

/** Parts go past the spool: what is lost on the way is sent again when the server says what it knows. */
function tellInventory(ledger: Ledger): void {
  inventory = reportInventory(ledger, (part) => link?.send({ type: 'inventory', part }))
  const tellTimes = () => link?.send({ type: 'inventory-looked', at: ledger.lookedAt() })
  ledger.onLook(tellTimes)
  tellTimes()
  if (known !== undefined) inventory.known(known.digests, known.about)
}

function sendHealth(): void {
  const sensors = units?.health() ?? [...reported.values()]
  const { merged, dropped, tooLarge } = outbox
  link?.send({ type: 'health', sensors: settled ? sensors : [], merged, dropped, tooLarge })
  const canary = sensors.find(({ sensor }) => sensor === canaryName)
  if (canary?.state === 'failed') link?.send({ type: 'restart', fault: canary.reason ?? 'The canary failed.' })
}

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  const limit = new Promise((resolve) => setTimeout(resolve, 1_000))
  await Promise.race([units?.stop(), limit])
  if (link !== undefined) await outbox.drained(700)
  keepUnsent(settings.stateDirectory, outbox.unsent())
  sendHealth()
  link?.send({ type: 'stopped' })
  link?.close()
  setTimeout(() => process.exit(0), 200)
}

if (import.meta.main) {
  setInterval(sendHealth, healthMs)
  process.on('SIGTERM', stop)
  // A terminal's Ctrl-C is for the agent, which then says stop.
  process.on('SIGINT', () => {})
  // Whoever read the agent's output may be gone.
  process.stderr.on('error', () => {})
  // Also of promises nobody waits for. What is nobody's ends the process, and the agent starts another.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`a sensor failed: ${error instanceof Error ? error.stack : String(error)}\n`)
    if (units?.fault(error) !== true) process.exit(70)
  })
  attach()
  keepSmall()
}
