/**
 * Tasks of the server in, results out: writes each task down, has the responder process carry it out, and repeats results
 * until the server has recorded them.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AgentMessage, ServerMessage, TaskResultMessage } from '@rampart/api'
import { createBackoff } from '../backoff.ts'
import { deadlineIn, Journal } from './journal.ts'
import type { FromResponder, ResponderContext, ResponderSettings, ToResponder } from './link.ts'

type TaskMessage = Extract<ServerMessage, { type: 'task' }>

export interface ResponderOptions {
  stateDirectory: string
  nodeFlags: readonly string[]
  /** As in entity ids of events. */
  bootId: string
  server: ResponderContext['server']
  ownPids(): number[]
  /** A process starts; for limits. */
  onProcess(pid: number): void
  /** The same, for the sensors: what it does is the agent's own. */
  onHelper?(pid: number): void
}
export interface Responder {
  /** pid of the responder process while there is one. */
  readonly pid: number | undefined
  /** `task`, `cancel-task` and `task-recorded`. */
  take(message: Extract<ServerMessage, { type: 'task' | 'cancel-task' | 'task-recorded' }>): void
  /** The connection stands: says again what the server may not know, and goes on with what is open. */
  connected(): void
  /** What the responder process works with changed. */
  contextChanged(): void
  /** What is begun is finished by the responder process, also after the agent has ended. */
  stop(): void
}

const entry = fileURLToPath(new URL('./main.ts', import.meta.url))
/** Longest text of a result that the protocol takes. */
const messageLimit = 4096

/**
 * `policy` gives the policy key `response`. `send` is without effect while there is no connection, and resolves when the
 * message left.
 */
export function createResponder(
  options: ResponderOptions,
  policy: () => Record<string, unknown>,
  send: (message: AgentMessage) => Promise<void>,
): Responder {
  const directory = join(options.stateDirectory, 'response')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const journal = new Journal(directory)
  journal.sweep()
  /** Accepted or begun, and not ended. */
  const open = new Set<string>()
  /** Ended, and not recorded by the server. */
  const unrecorded = new Set<string>()
  for (const { task, state, recorded } of journal.entries()) {
    if (state !== 'ended') open.add(task.id)
    else if (!recorded) unrecorded.add(task.id)
  }
  const backoff = createBackoff(500, 60_000)
  let child: ChildProcess | undefined
  let retry: NodeJS.Timeout | undefined
  let stopping = false
  const context = (): ToResponder => ({
    type: 'context',
    context: {
      bootId: options.bootId,
      server: options.server,
      ownPids: options.ownPids(),
      policy: policy(),
    },
  })

  function start(): ChildProcess {
    const settings: ResponderSettings = { directory }
    const own = fork(entry, [JSON.stringify(settings)], {
      execArgv: [...options.nodeFlags],
      serialization: 'advanced',
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      cwd: '/',
    })
    child = own
    own.on('message', (message: FromResponder) => onMessage(own, message))
    own.on('error', () => {})
    own.once('exit', () => {
      if (child !== own) return
      child = undefined
      // It leaves when it has nothing to do; a task that came at that moment, or a crash, needs another one.
      if (!stopping && isNeeded()) retry = setTimeout(goOn, backoff.next())
    })
    if (own.pid !== undefined) {
      options.onProcess(own.pid)
      options.onHelper?.(own.pid)
    }
    tell(own, context())
    for (const id of [...open].sort()) tell(own, { type: 'run', id })
    return own
  }

  /** Blocked addresses are looked after by the responder process too. */
  function isNeeded(): boolean {
    return open.size > 0 || existsSync(join(directory, 'firewall.json'))
  }

  function goOn(): void {
    clearTimeout(retry)
    if (!stopping && isNeeded() && child === undefined) start()
  }

  function onMessage(own: ChildProcess, message: FromResponder): void {
    if (message.type === 'data') {
      const { id, offset, bytes, number } = message
      void send({ type: 'task-data', id, offset, bytes }).then(() => tell(own, { type: 'data-sent', number }))
      return
    }
    const { result } = message
    if (result.state !== 'running') {
      backoff.reset()
      open.delete(result.id)
      unrecorded.add(result.id)
    }
    say(result)
  }

  function say(result: TaskResultMessage): void {
    void send({ ...result, message: result.message.slice(0, messageLimit) })
  }

  /** From the journal, because only what is written down is so. */
  function sayAgain(id: string): void {
    const known = journal.read(id)
    if (known?.outcome !== undefined)
      say({ type: 'task-result', id, ...known.outcome, at: known.endedAt ?? Date.now() })
  }

  function accept({ type: _, issuedAt: _issued, expiresAt: _expires, expiresInMs, ...task }: TaskMessage): void {
    const { id } = task
    const known = journal.read(id)
    if (known?.outcome !== undefined) unrecorded.add(id)
    if (known !== undefined) {
      sayAgain(id)
      return
    }
    try {
      journal.write({ task, state: 'accepted', deadline: deadlineIn(expiresInMs, options.bootId) })
    } catch (error) {
      // Nothing was done: the server sends it again with the next connection while its time lasts.
      const reason = `The host cannot write the task down: ${(error as Error).message}.`
      say({ type: 'task-result', id, state: 'running', code: 'task.not-written', message: reason, at: Date.now() })
      return
    }
    open.add(id)
    say({ type: 'task-result', id, state: 'running', code: 'task.accepted', message: '', at: Date.now() })
    if (child === undefined) goOn()
    else tell(child, { type: 'run', id })
  }

  function recorded(id: string): void {
    unrecorded.delete(id)
    const known = journal.read(id)
    if (known?.outcome === undefined || known.recorded) return
    try {
      journal.write({ ...known, recorded: true })
    } catch {
      // A full disk: it is told once more after the next start, which changes nothing.
    }
  }

  goOn()
  return {
    get pid() {
      return child?.pid
    },
    take(message) {
      if (message.type === 'task') accept(message)
      else if (message.type === 'task-recorded') recorded(message.id)
      else if (open.has(message.id)) {
        goOn()
        if (child !== undefined) tell(child, { type: 'cancel', id: message.id })
      } else sayAgain(message.id)
    },
    connected() {
      for (const id of [...unrecorded].sort()) sayAgain(id)
      goOn()
    },
    contextChanged() {
      if (child !== undefined) tell(child, context())
    },
    stop() {
      stopping = true
      clearTimeout(retry)
      if (child === undefined) return
      tell(child, { type: 'stop' })
      child.unref()
      child.channel?.unref()
    },
  }
}

function tell(child: ChildProcess, message: ToResponder): void {
  if (child.connected) child.send(message, () => {})
}
