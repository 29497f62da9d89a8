/** The folder that holds everything the server keeps: made private, and locked so that one server uses it. */
import {
  accessSync,
  closeSync,
  constants,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isDiskFull } from '@rampart/alert'
import { fail, ok, type Result, type StartError } from './errors.ts'

export interface StateDirectory {
  path: string
  database: string
  archive: string
  /** Events as files that can be searched, and room for searches that do not fit into memory. */
  searchable: string
  searchTemporary: string
  authority: string
  deadLetters: string
  checkpoint: string
  /** Password of the first administrator until it is changed. */
  firstPassword: string
  /** Gives the folder back. */
  unlock(): void
}

/**
 * Makes the folder (mode 0700) and takes its lock. The lock is an open exclusive transaction on a file of its own: the
 * kernel gives it back when the process ends, however it ends. The file beside it names the holder for people.
 */
export function openStateDirectory(directory: string): Result<StateDirectory> {
  const path = resolve(directory)
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    // Never made private here: a directory that somebody else made may be shared on purpose.
    const { uid, mode } = statSync(path)
    const foreign = uid !== 0 && uid !== (process.getuid?.() ?? uid)
    if (foreign || (mode & 0o077) !== 0)
      return fail<StartError>({
        code: 'state.not-private',
        message: `Other users have access to the state directory ${path}, which holds keys and evidence. Take it from them with "chown ${process.getuid?.()} '${path}'" and "chmod 700 '${path}'", or choose another one with --state.`,
      })
  } catch (cause) {
    return fail(unusable(path, cause))
  }
  const holder = join(path, 'server.pid')
  let lock: DatabaseSync
  try {
    closeSync(openSync(join(path, 'server.lock'), 'a', 0o600))
    lock = new DatabaseSync(join(path, 'server.lock'), { timeout: 0 })
  } catch (cause) {
    return fail(unusable(path, cause))
  }
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    if ((cause as { errcode?: number }).errcode !== 5) return fail(unusable(path, cause))
    return fail<StartError>({
      code: 'state.in-use',
      message: `Another server uses ${path}${nameHolder(holder)}. Stop it first, or give this one another state directory with --state.`,
      cause,
    })
  }
  try {
    const file = openSync(holder, 'w', 0o600)
    ftruncateSync(file)
    writeSync(file, String(process.pid))
    closeSync(file)
  } catch (cause) {
    lock.close()
    return fail(unusable(path, cause))
  }
  return ok({
    path,
    database: join(path, 'rampart.db'),
    archive: join(path, 'events'),
    searchable: join(path, 'searchable-events'),
    searchTemporary: join(path, '.tmp-search'),
    authority: join(path, 'authority'),
    deadLetters: join(path, 'refused-events.ndjson'),
    checkpoint: join(path, 'detector.checkpoint'),
    firstPassword: join(path, 'first-password'),
    unlock: () => lock.close(),
  })
}

function nameHolder(file: string): string {
  try {
    return ` (process ${Number.parseInt(readFileSync(file, 'utf8'), 10)})`
  } catch {
    return ''
  }
}

function unusable(path: string, cause: unknown): StartError {
  if (isDiskFull(cause))
    return { code: 'state.disk-full', message: `No space left for ${path}. Free some space, then start again.`, cause }
  return {
    code: 'state.directory-unusable',
    message: `The state directory ${path} cannot be used (${cause instanceof Error ? cause.message : cause}). Check its owner and mode ("ls -ld ${path}"), or choose another one with --state.`,
    cause,
  }
}
