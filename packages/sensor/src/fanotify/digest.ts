/** A file that was just closed in, the SHA-256 of its content out. */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

const hashChunkBytes = 256 << 10

/** SHA-256 of the file if it is still the same one; undefined when it is gone or too large. */
export async function digestOf(filePath: string, inode: number, limitBytes: number): Promise<string | undefined> {
  try {
    await using file = await open(filePath, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    const info = await file.stat()
    if (!info.isFile() || info.ino !== inode || info.size > limitBytes) return undefined
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(Math.max(1, Math.min(hashChunkBytes, info.size)))
    for (let at = 0; at <= limitBytes; ) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(chunk.subarray(0, bytesRead))
      at += bytesRead
    }
    return undefined
  } catch {
    return undefined
  }
}
