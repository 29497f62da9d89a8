/** The installation's key for packages of its agents: Ed25519, made once, beside the authority. Agents learn its public half at enrolment. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PackageStatement, SignedStatement } from '@rampart/api'
import { fail, ok, type Result, type StartError } from '../errors.ts'

export class ReleaseKey {
  readonly #key: KeyObject
  /** SPKI PEM. */
  readonly publicKey: string

  private constructor(key: KeyObject) {
    this.#key = key
    this.publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string
  }

  /** Opens the key in the authority's directory, or makes it. */
  static open(directory: string): Result<ReleaseKey> {
    try {
      return ok(ReleaseKey.#open(directory))
    } catch (cause) {
      return fail<StartError>({
        code: 'state.authority-unreadable',
        message: `The key for packages of the agent, ${join(directory, 'release.key')}, cannot be used (${cause instanceof Error ? cause.message : cause}). Restore it from a backup; without it agents take no upgrade until they renew their certificate.`,
        cause,
      })
    }
  }

  static #open(directory: string): ReleaseKey {
    const file = join(directory, 'release.key')
    if (!existsSync(file)) {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      const { privateKey } = generateKeyPairSync('ed25519')
      const text = privateKey.export({ type: 'pkcs8', format: 'pem' })
      writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true })
      renameSync(`${file}.new`, file)
    }
    return new ReleaseKey(createPrivateKey(readFileSync(file)))
  }

  sign(statement: PackageStatement): SignedStatement {
    const text = JSON.stringify(statement)
    return { statement: text, signature: sign(null, Buffer.from(text), this.#key).toString('base64') }
  }
}
