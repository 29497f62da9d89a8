/** Secrets that the server has to know in clear, sealed with AES-256-GCM under a key that is not in the database. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '@rampart/alert'
import { fail, ok, type Result, type StartError } from '../errors.ts'

export const sealKeyFile = 'secrets.key'
const mark = 'sealed:1:'
const [keyBytes, nonceBytes, tagBytes] = [32, 12, 16]

export class Seal {
  /** For who writes no secrets and needs none. */
  static readonly none = new Seal(null)
  readonly #key: Buffer | null

  private constructor(key: Buffer | null) {
    this.#key = key
  }

  /** Opens the key of a state directory, or makes it (mode 0600). */
  static open(stateDirectory: string): Result<Seal> {
    const file = join(stateDirectory, sealKeyFile)
    try {
      if (!existsSync(file)) {
        writeFileSync(`${file}.new`, randomBytes(keyBytes), { mode: 0o600, flush: true })
        renameSync(`${file}.new`, file)
      }
      const key = readFileSync(file)
      if (key.length === keyBytes) return ok(new Seal(key))
      throw new Error(`it has ${key.length} bytes instead of ${keyBytes}`)
    } catch (cause) {
      return fail<StartError>({
        code: 'state.seal-unreadable',
        message: `The key of the stored secrets, ${file}, cannot be used (${cause instanceof Error ? cause.message : cause}). Restore it from a backup. When there is none, remove the file: one-time codes and the secrets of notification channels have to be set anew then.`,
        cause,
      })
    }
  }

  /** `place` names row and column: what was sealed for one place cannot be opened at another. */
  seal(text: string, place: string): string {
    if (!this.#key) throw new Error('nothing can be sealed without a key')
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(place))
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `${mark}${sealed.toString('base64url')}`
  }

  /** Null when it was sealed with another key or for another place, or is not sealed at all. */
  open(sealed: string, place: string): string | null {
    if (!this.#key || !sealed.startsWith(mark)) return null
    const bytes = Buffer.from(sealed.slice(mark.length), 'base64url')
    if (bytes.length < nonceBytes + tagBytes) return null
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-tagBytes))
      return decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
    } catch {
      return null
    }
  }
}

/** Where secrets stand. */
const columns = [
  { table: 'users', id: 'name', column: 'code_secret' },
  { table: 'users', id: 'name', column: 'code_secret_offered' },
  { table: 'notification_channels', id: 'id', column: 'secrets' },
] as const
type Column = (typeof columns)[number]['column']

/** Names one secret; user names differ in more than case. */
export const secretPlace = (column: Column, id: string) => `${column} ${id.toLowerCase()}`

/** Seals what an earlier version wrote in clear. `lost`: secrets that this key does not open. */
export function sealStored(database: Database, seal: Seal): { sealed: number; lost: number } {
  const counts = { sealed: 0, lost: 0 }
  // What is replaced is overwritten, not left in free pages.
  database.exec('PRAGMA secure_delete = ON')
  database.transaction(() => {
    for (const { table, id, column } of columns) {
      const rows = database.all<{ id: string; secret: string }>(
        `SELECT ${id} AS id, ${column} AS secret FROM ${table} WHERE ${column} IS NOT NULL`,
      )
      for (const row of rows) {
        const place = secretPlace(column, row.id)
        if (row.secret.startsWith(mark)) {
          if (seal.open(row.secret, place) === null) counts.lost++
          continue
        }
        database.run(`UPDATE ${table} SET ${column} = ? WHERE ${id} = ?`, seal.seal(row.secret, place), row.id)
        counts.sealed++
      }
    }
  })
  database.exec('PRAGMA secure_delete = FAST')
  if (counts.sealed > 0) database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return counts
}
