/** The keys that may log on to an account, from its authorized_keys files. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { clip } from '../draft.ts'
import type { FileMemo } from './file-memo.ts'

/** One line of authorized_keys. */
export interface LogonKey {
  /** `SHA256:…`, as ssh-keygen prints it. */
  fingerprint: string
  type: string
  /** What stands behind the key; who made it chose it. */
  comment: string
  /** What stands before it: `from="192.0.2.1"`, `command="…"`. */
  options: string
  file: string
}

const limitBytes = 262_144
const maxKeys = 1000
const keyType = /^(?:ssh-|ecdsa-|sk-)[\w@.-]{1,64}$/

/** The keys in the text of an authorized_keys file, by fingerprint, each once. */
export function logonKeys(text: string, file: string): LogonKey[] {
  const found = new Map<string, LogonKey>()
  for (const line of text.split('\n')) {
    if (line.trimStart().startsWith('#') || found.size >= maxKeys) continue
    // Options may come before the type; the key is the word after the first one that names a type.
    const words = line.trim().split(/\s+/)
    const at = words.findIndex((word) => keyType.test(word))
    const blob = at < 0 ? '' : (words[at + 1] ?? '')
    if (!/^AAAA[A-Za-z0-9+/]{16,}={0,2}$/.test(blob)) continue
    const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')
    const fingerprint = `SHA256:${digest}`
    if (found.has(fingerprint)) continue
    const comment = clip(words.slice(at + 2).join(' '), 256)
    const options = clip(words.slice(0, at).join(' '), 512)
    found.set(fingerprint, { fingerprint, type: words[at] ?? '', comment, options, file })
  }
  return [...found.values()].sort((one, other) => (one.fingerprint < other.fingerprint ? -1 : 1))
}

/** Fingerprints of the keys in a text, sorted. */
export const keyFingerprints = (text: string): string[] => logonKeys(text, '').map(({ fingerprint }) => fingerprint)

/**
 * Reads the usual files of a home directory. The account owns them and may put anything there: pipes, devices and
 * links are not opened, and no more than 256 KB are read.
 */
export async function readKeys(home: string, memo: FileMemo): Promise<LogonKey[]> {
  const found = new Map<string, LogonKey>()
  for (const name of ['authorized_keys', 'authorized_keys2']) {
    const file = join(home, '.ssh', name)
    const keys = await memo.file(file, 'keys', (text) => logonKeys(text, file), { most: limitBytes, noLinks: true })
    for (const key of keys ?? []) if (!found.has(key.fingerprint)) found.set(key.fingerprint, key)
  }
  return [...found.values()].sort((one, other) => (one.fingerprint < other.fingerprint ? -1 : 1))
}
