/**
 * The responder process: carries tasks out, one after the other. A process of its own, because it calls foreign functions,
 * and only there while there is something to do. It finishes what it is in the middle of even when the agent dies.
 */
import { lookup } from 'node:dns/promises'
import { existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { TaskResultMessage } from '@rampart/api'
import {
  type ExecutionHost,
  execute,
  Firewall,
  firewallPath,
  lockFile,
  readProcess,
  readResponsePolicy,
} from '@rampart/response/execute'
import type { Task, TaskOutcome } from '@rampart/response/task'
import { isOver, Journal, type JournalEntry } from './journal.ts'
import type { FromResponder, ResponderContext, ResponderSettings, ToResponder } from './link.ts'

/** Nothing to do for so long: the process ends and gives its memory back. */
const idleMs = 15_000
const firewallEveryMs = 10_000
/** How long an earlier responder may take to finish what it is in the middle of. */
const lockWithinMs = 120_000

const settings = JSON.parse(process.argv[2] ?? '{}') as ResponderSettings
mkdirSync(settings.directory, { recursive: true, mode: 0o700 })
/** The agent is being removed: nothing is begun any more. */
let leaving = false
await takeTurn()
// Somebody may flush what we put into the kernel; while something is blocked this process stays and looks.
const firewall = new Firewall(settings.directory)
setInterval(keepFirewall, firewallEveryMs)
keepFirewall()
const journal = new Journal(settings.directory)
const cancelled = new Set<string>()
const waiting: string[] = []
const sending = new Map<number, () => void>()
let context: ResponderContext | undefined
/** Last known, because a name may not be resolvable when it matters. */
let serverAddresses: string[] = []
let working = false
let alone = false
let pieces = 0
let idle = setTimeout(leave, idleMs)

process.on('message', (message: ToResponder) => {
  if (message.type === 'context') context = message.context
  else if (message.type === 'run') waiting.push(message.id)
  else if (message.type === 'cancel') cancelled.add(message.id)
  else if (message.type === 'data-sent') {
    sending.get(message.number)?.()
    sending.delete(message.number)
  } else {
    alone = true
    if (!working || leaving) process.exit(0)
  }
  void work()
})
// The agent died: what is begun is finished and written down, the next agent tells of it.
process.on('disconnect', () => {
  alone = true
  for (const settle of sending.values()) settle()
  if (!working || leaving) process.exit(0)
})
process.on('SIGTERM', () => {})
process.on('SIGINT', () => {})

/** Two of us never act at once: an earlier one may still be finishing. */
async function takeTurn(): Promise<void> {
  const fd = openSync(join(settings.directory, 'lock'), 'w', 0o600)
  const end = performance.now() + lockWithinMs
  while (!lockFile(fd)) {
    if (performance.now() > end || !process.connected) process.exit(75)
    await wait(50)
  }
}

async function work(): Promise<void> {
  if (working || context === undefined) return
  working = true
  clearTimeout(idle)
  for (let id = waiting.shift(); id !== undefined && !alone; id = waiting.shift()) {
    const entry = journal.read(id)
    if (entry === undefined) continue
    const ended = entry.outcome === undefined ? await carryOut(entry, context) : entry
    if (ended?.outcome !== undefined) tell(resultOf(ended.task, ended.outcome, ended.endedAt ?? Date.now()))
  }
  working = false
  if (alone) process.exit(0)
  idle = setTimeout(leave, idleMs)
}

/** Undefined when nothing could be written down: then nothing was done either, or the next turn finishes it. */
async function carryOut(entry: JournalEntry, context: ResponderContext): Promise<JournalEntry | undefined> {
  const { task } = entry
  try {
    let outcome = entry.state === 'accepted' ? notBegun(entry, context.bootId) : undefined
    if (outcome === undefined) {
      journal.write({ ...entry, state: 'started' })
      tell({ type: 'task-result', id: task.id, state: 'running', code: 'task.running', message: '', at: Date.now() })
      outcome = await execute(task, await hostFor(entry, context))
      leaving = false
    }
    const ended: JournalEntry = { ...entry, state: 'ended', outcome, endedAt: Date.now() }
    journal.write(ended)
    return ended
  } catch (error) {
    process.stderr.write(`the task ${task.id} could not be written down: ${(error as Error).message}\n`)
    setTimeout(() => waiting.push(task.id) && work(), 5_000)
    return undefined
  }
}

function notBegun({ task, deadline }: JournalEntry, bootId: string): TaskOutcome | undefined {
  if (cancelled.has(task.id)) return { state: 'refused', code: 'task.cancelled', message: 'It was taken back in time.' }
  if (isOver(deadline, bootId))
    return { state: 'refused', code: 'task.expired', message: 'Its time was over before the agent could begin.' }
  return undefined
}

async function hostFor(entry: JournalEntry, context: ResponderContext): Promise<ExecutionHost> {
  const { task } = entry
  const { host } = context.server
  const found = await lookup(host, { all: true }).catch(() => [])
  if (found.length > 0) serverAddresses = found.map(({ address }) => address)
  return {
    directory: settings.directory,
    bootId: context.bootId,
    ownPids: [...context.ownPids, ...starters(process.ppid, context.bootId)],
    server: { ...context.server, addresses: serverAddresses },
    policy: readResponsePolicy(context.policy),
    memory: {
      kept: () => journal.read(task.id)?.kept,
      keep: (kept) => journal.write({ ...entry, state: 'started', kept }),
    },
    progress: (progress) => tellProgress(task, progress),
    upgrade: async () => {
      // Not loaded where it is not needed: code is memory.
      const { upgradeAgent } = await import('../upgrade/upgrade.ts')
      let steps = 0
      // Each step halves what is left, since nobody knows how long the trial takes.
      const onStep = () => tellProgress(task, 1 - 0.5 ** ++steps)
      return upgradeAgent({ stateDirectory: dirname(settings.directory), onStep })
    },
    uninstall: async (lift) => {
      const { beginRemoval, whyNot } = await import('../uninstall/begin-removal.ts')
      const stateDirectory = dirname(settings.directory)
      const refusal = whyNot(stateDirectory)
      if (refusal !== undefined) return refusal
      leaving = true
      const stays = lift()
      const begun =
        stays === undefined
          ? beginRemoval(stateDirectory, task.id)
          : { ok: false as const, code: 'uninstall.blocks-stay', message: `Its blocks could not be lifted: ${stays}` }
      leaving = begun.ok
      return begun
    },
    sendData: (offset, bytes) => {
      if (alone) return Promise.resolve()
      const number = pieces++
      const { promise, resolve } = Promise.withResolvers<void>()
      sending.set(number, resolve)
      send({ type: 'data', number, id: task.id, offset, bytes })
      return promise
    },
  }
}

/** Whatever starts the agent again when it dies: everything above it. */
function starters(agentPid: number, bootId: string): number[] {
  const found: number[] = []
  for (let pid = agentPid; pid > 1 && found.length < 64; pid = readProcess(pid, bootId)?.parent ?? 0) found.push(pid)
  return found
}

function tellProgress({ id }: Task, progress: number): void {
  tell({ type: 'task-result', id, state: 'running', code: 'task.running', message: '', progress, at: Date.now() })
}

function resultOf(task: Task, outcome: TaskOutcome, at: number): TaskResultMessage {
  return { type: 'task-result', id: task.id, ...outcome, at }
}

function tell(result: TaskResultMessage): void {
  send({ type: 'result', result })
}

function send(message: FromResponder): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

function keepFirewall(): void {
  if (leaving || !existsSync(firewallPath(settings.directory))) return
  const fault = firewall.check(Date.now())
  if (fault !== null) process.stderr.write(`firewall: ${fault}\n`)
}

function leave(): void {
  if (existsSync(firewallPath(settings.directory))) idle = setTimeout(leave, idleMs)
  else process.exit(0)
}
