/** Takes one line out of a file, or puts it back; the rest of the file, its owner, mode and attributes stay. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  rmSync,
} from 'node:fs'
import { done, failed, refused } from '../outcome.ts'
import type { TaskOutcome, TaskParameters } from '../task.ts'
import { type OpenFolder, openFileIn, openFolder, within } from './files.ts'
import type { ExecutionHost } from './host.ts'
import { lockingFlags, readAttributes, readFlags, renameAt, writeAttribute, writeFlags } from './native.ts'
import { writeAll } from './sealed-file.ts'

const fileLimit = 4 * 1024 * 1024

type Edit = (lines: string[]) => { lines: string[] | null; outcome: TaskOutcome }

/** Written down right before a changed file takes the place of the old one. */
interface Kept {
  /** Inode of the file as it was. */
  before: number
  outcome: TaskOutcome
}

/** The outcome's details say what `insert-line` needs to undo it. */
export function removeLine(
  { path, line }: TaskParameters['remove-line'],
  host: ExecutionHost,
  taskId: string,
): TaskOutcome {
  return edit(path, host, taskId, (lines) => {
    const text = toLatin1(line)
    const at = lines.indexOf(text)
    if (at < 0)
      return {
        lines: null,
        outcome: done('line.gone', `The line is not in ${path} any more.`, { path, removed: false }),
      }
    const after = at === 0 ? null : Buffer.from(lines[at - 1] as string, 'latin1').toString('utf8')
    const left = lines.toSpliced(at, 1)
    const details = { path, line, after, at, copies: copiesOf(text, left), removed: true }
    return { lines: left, outcome: done('line.removed', `Line ${at + 1} of ${path} is removed.`, details) }
  })
}

export function insertLine(
  { path, line, after, at, copies }: TaskParameters['insert-line'],
  host: ExecutionHost,
  taskId: string,
): TaskOutcome {
  return edit(path, host, taskId, (lines) => {
    const text = toLatin1(line)
    if (copiesOf(text, lines) > copies)
      return { lines: null, outcome: done('line.there', `The line is in ${path} already.`, { path }) }
    const place = placeOf(lines, after === null ? null : toLatin1(after), at)
    return {
      lines: lines.toSpliced(place, 0, text),
      outcome: done('line.inserted', `The line is in ${path} again, as line ${place + 1}.`, { path, line }),
    }
  })
}

const copiesOf = (text: string, lines: readonly string[]) => lines.filter((one) => one === text).length

/** Where it stood when the line before is still there; else behind that line; else at the end, before the last line break. */
function placeOf(lines: readonly string[], after: string | null, at: number): number {
  if (after === null) return 0
  if (lines[at - 1] === after) return at
  const found = lines.indexOf(after) + 1
  return found === 0 ? lines.length - (lines.at(-1) === '' ? 1 : 0) : found
}

function edit(path: string, host: ExecutionHost, taskId: string, change: Edit): TaskOutcome {
  const opened = openFolder(path)
  if (!opened.ok) return opened.outcome
  const folder = opened.value
  const temporary = `.rampart-${taskId}`
  try {
    const file = openFileIn(folder, path)
    if (!file.ok) return file.outcome
    try {
      const kept = host.memory.kept() as Kept | undefined | null
      // An earlier run came to the exchange of the files: it happened when ours does not wait any more.
      const isWaiting = lstatSync(within(folder.fd, temporary), { throwIfNoEntry: false }) !== undefined
      if (kept && !isWaiting && fstatSync(file.value).ino !== kept.before) return kept.outcome
      return rewrite(folder, file.value, path, temporary, host, change)
    } finally {
      closeSync(file.value)
    }
  } finally {
    closeSync(folder.fd)
  }
}

/** A new file takes the old one's place in one step; nobody ever reads half of it. */
function rewrite(
  folder: OpenFolder,
  fd: number,
  path: string,
  temporary: string,
  host: ExecutionHost,
  change: Edit,
): TaskOutcome {
  const { size, uid, gid, mode, ino } = fstatSync(fd)
  if (size > fileLimit) return refused('file.too-large', `${path} is too large to be edited by line.`)
  const bytes = Buffer.alloc(size)
  const read = readSync(fd, bytes, 0, size, 0)
  // One character a byte: what is no text stays as it is.
  const edited = change(bytes.toString('latin1', 0, read).split('\n'))
  if (edited.lines === null) return edited.outcome
  const flags = readFlags(fd)
  rmSync(within(folder.fd, temporary), { force: true })
  const out = openSync(
    within(folder.fd, temporary),
    constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | constants.O_WRONLY,
    0o600,
  )
  try {
    writeAll(out, Buffer.from(edited.lines.join('\n'), 'latin1'))
    fchownSync(out, uid, gid)
    for (const [name, value] of readAttributes(fd)) writeAttribute(out, name, value)
    fchmodSync(out, mode & 0o7777)
    fsyncSync(out)
    if (flags & lockingFlags) writeFlags(fd, flags & ~lockingFlags)
    const now = openFileIn(folder, path)
    if (!now.ok) return now.outcome
    const same = fstatSync(now.value).ino === ino && fstatSync(now.value).size === size
    closeSync(now.value)
    if (!same) return failed('file.changing', `${path} changed while it was being edited: try again.`)
    host.memory.keep({ before: ino, outcome: edited.outcome } satisfies Kept)
    renameAt(folder.fd, temporary, folder.fd, folder.name, true)
    if (flags & lockingFlags) writeFlags(out, flags)
    fsyncSync(folder.fd)
    return edited.outcome
  } finally {
    closeSync(out)
    rmSync(within(folder.fd, temporary), { force: true })
  }
}

/** A line of a task, as the file holds it: one character a byte. */
const toLatin1 = (line: string) => Buffer.from(line, 'utf8').toString('latin1')
