/** The keys that may log on to an account, from its authorized_keys files. */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'

const limitBytes = 262_144
const maxKeys = 1000
const keyType = /^(?:ssh-|ecdsa-|sk-)[\w@.-]{1,64}$/

/** Fingerprints (`SHA256:…`, as ssh-keygen prints them) of the keys in the text of an authorized_keys file, sorted. */
export function keyFingerprints(text: string): string[] {
  const found = new Set<string>()
  for (const line of text.split('\n')) {
    if (line.trimStart().startsWith('#') || found.size >= maxKeys) continue
    // Options may come before the type; the key is the word after the first one that names a type.
    const words = line.trim().split(/\s+/)
    const at = words.findIndex((word) => keyType.test(word))
    const blob = at < 0 ? '' : (words[at + 1] ?? '')
    if (!/^AAAA[A-Za-z0-9+/]{16,}={0,2}$/.test(blob)) continue
    found.add(`SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`)
  }
  return [...found].sort()
}

/**
 * Reads the usual files of a home directory. The account owns them and may put anything there: pipes, devices and
 * links are not opened, and no more than 256 KB are read.
 */
export async function readKeys(home: string): Promise<string[]> {
  const found = new Set<string>()
  for (const name of ['authorized_keys', 'authorized_keys2']) {
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
    const handle = await open(join(home, '.ssh', name), flags).catch(() => undefined)
    if (!handle) continue
    try {
      if (!(await handle.stat()).isFile()) continue
      const buffer = Buffer.alloc(limitBytes)
      const { bytesRead } = await handle.read(buffer, 0, limitBytes, 0)
      for (const key of keyFingerprints(buffer.toString('utf8', 0, bytesRead))) found.add(key)
    } catch {
      // It vanished while it was read; the next look sees what is there then.
    } finally {
      await handle.close()
    }
  }
  return [...found].sort()
}
