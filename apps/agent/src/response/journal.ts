/**
 * What was told and what became of it, one small file per task, on disk before anything is done and before anything is
 * said. So a task that comes twice is done once, and one that a crash interrupted is found and finished.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { checkTask, type Task, type TaskOutcome } from '@rampart/response/task'

/** `accepted`: not begun. `started`: begun, and after a crash begun again. `ended`: `outcome` says how. */
export type EntryState = 'accepted' | 'started' | 'ended'

export interface JournalEntry {
  task: Task
  state: EntryState
  /** Until when it may begin, by both clocks: time since boot counts while the host has not been restarted. */
  deadline: { bootId: string; uptimeMs: number; wallMs: number }
  /** What the task itself wrote down while it was under way. */
  kept?: unknown
  outcome?: TaskOutcome
  /** When it ended, agent clock, ms. */
  endedAt?: number
  /** The server has stored the outcome. */
  recorded?: boolean
}

/** How long a recorded entry is kept to recognise repeats, ms. */
const rememberMs = 24 * 3_600_000

export function deadlineIn(expiresInMs: number, bootId: string): JournalEntry['deadline'] {
  return { bootId, uptimeMs: uptime() * 1000 + expiresInMs, wallMs: Date.now() + expiresInMs }
}

export function isOver(deadline: JournalEntry['deadline'], bootId: string): boolean {
  return deadline.bootId === bootId ? uptime() * 1000 > deadline.uptimeMs : Date.now() > deadline.wallMs
}

export class Journal {
  readonly #folder: string

  /** Makes the folder. Both processes of the agent use the same one: each task is written by one of them at a time. */
  constructor(responseDirectory: string) {
    this.#folder = join(responseDirectory, 'tasks')
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
  }

  /** Undefined when there is none, or what a power loss left of one that nothing was done for. */
  read(id: string): JournalEntry | undefined {
    try {
      const entry = JSON.parse(readFileSync(this.#path(id), 'utf8')) as JournalEntry
      return checkTask(entry.task) === undefined ? undefined : entry
    } catch {
      return undefined
    }
  }

  /** Durable when it returns. Throws when the disk is full. */
  write(entry: JournalEntry): void {
    const path = this.#path(entry.task.id)
    const fd = openSync(`${path}.new`, 'w', 0o600)
    try {
      writeSync(fd, JSON.stringify(entry))
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(`${path}.new`, path)
    syncFolder(this.#folder)
  }

  /** Oldest first, as far as the ids tell: those of the server rise with time. */
  entries(): JournalEntry[] {
    return readdirSync(this.#folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => this.read(name.slice(0, -'.json'.length)))
      .filter((entry) => entry !== undefined)
  }

  /** Removes what the server has and will not send again. */
  sweep(): void {
    for (const entry of this.entries())
      if (entry.recorded && entry.deadline.wallMs + rememberMs < Date.now()) rmSync(this.#path(entry.task.id))
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`)
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
