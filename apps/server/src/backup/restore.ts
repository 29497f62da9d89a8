/** Backup → state directory of a server that is not running; checked before anybody may use it. */
import { createWriteStream, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadEntry } from 'tar'
import { fail, ok, type Result } from '../errors.ts'
import { auditFaultOf } from '../store/audit-trail.ts'
import { migrations } from '../store/migrations.ts'
import { readBackup } from './back-up.ts'
import { databaseFile } from './contents.ts'
import { type Description, describe } from './description.ts'
import { type BackupError, BackupFailure, backupError } from './errors.ts'
import { recordAct } from './record-act.ts'

export interface RestoreReport extends Description {
  stateDirectory: string
  files: number
  bytes: number
}

/** Restores into a directory that is missing or empty. What a failed restore has written is removed again. */
export async function restore(request: {
  /** `-` is standard input. */
  file: string
  stateDirectory: string
  onProgress?(files: number): void
}): Promise<Result<RestoreReport, BackupError>> {
  const { file } = request
  const state = resolve(request.stateDirectory)
  const existed = existsSync(state)
  try {
    if (existed && readdirSync(state).length > 0)
      throw new BackupFailure(
        'backup.target-not-empty',
        `${state} is not empty, and a restore never overwrites. Move what is in it away, or choose another directory with --state.`,
      )
    mkdirSync(state, { recursive: true, mode: 0o700 })
    const { about, files, bytes } = await unpack(file, state, request.onProgress)
    check(state, about)
    const { createdAt, version } = about
    recordAct(state, {
      at: Date.now(),
      action: 'backup.restored',
      subject: state,
      detail: { from: file, createdAt, version },
    })
    return ok({ ...about, stateDirectory: state, files, bytes })
  } catch (thrown) {
    const error = backupError(thrown, placeOf(thrown, file, state))
    if (error.code !== 'backup.target-not-empty' && existsSync(state)) {
      for (const name of readdirSync(state)) rmSync(join(state, name), { recursive: true, force: true })
      if (!existed) rmSync(state, { recursive: true, force: true })
    }
    return fail(error)
  }
}

/** An unreadable file is about the backup, everything else about the place it goes to. */
function placeOf(thrown: unknown, file: string, state: string): string {
  return (thrown as NodeJS.ErrnoException).path === resolve(file) ? file : state
}

async function unpack(file: string, state: string, onProgress?: (files: number) => void) {
  const written: Promise<void>[] = []
  const seen = await readBackup(file === '-' ? file : resolve(file), (entry) => {
    if (!isPlain(entry)) throw new BackupFailure('backup.not-a-backup', `${file} is not a backup of Rampart.`)
    const path = join(state, entry.path)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const writing = pipeline(
      entry as unknown as Readable,
      createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
    )
    // Looked at below; until then it must not count as unhandled.
    writing.catch(() => entry.resume())
    written.push(writing)
    onProgress?.(written.length)
  })
  await Promise.all(written)
  return seen
}

/** Files with simple relative names; what else an archive may hold has no place in a backup. */
function isPlain(entry: ReadEntry): boolean {
  const parts = entry.path.split('/')
  const plain = (part: string) => part !== '' && part !== '..' && part !== '.' && !/[\0\\]/.test(part)
  return entry.type === 'File' && parts.length <= 8 && parts.every(plain)
}

/** The database is whole, says what the backup said of it, and is not newer than this version. */
function check(state: string, about: Description): void {
  const known = new Set(migrations.map((migration) => migration.name))
  const newer = about.migrations.find((name) => !known.has(name))
  if (newer)
    throw new BackupFailure(
      'backup.newer',
      `The backup was made by version ${about.version}, which is newer than this one (it has "${newer}"). Restore it with that version.`,
    )
  const damaged = (what: string) =>
    new BackupFailure('backup.database-damaged', `The database in the backup is damaged (${what}). Use another copy.`)
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(state, databaseFile), { readOnly: true })
    const result = String(database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check)
    if (result !== 'ok') throw damaged(result)
    const { rows } = describe(database)
    for (const [table, count] of Object.entries(about.rows))
      if (rows[table] !== count) throw damaged(`${rows[table]} rows in ${table} instead of ${count}`)
    const fault = auditFaultOf(database, null)
    if (fault !== null) throw damaged(`audit trail: ${fault}`)
  } catch (thrown) {
    if (thrown instanceof BackupFailure) throw thrown
    throw damaged(thrown instanceof Error ? thrown.message : String(thrown))
  } finally {
    database?.close()
  }
}
