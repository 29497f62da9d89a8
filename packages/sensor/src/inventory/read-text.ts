/** A file of the host → its text, bounded; pipes and devices in its place are not opened for long. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

const fileLimit = 4 * 1024 * 1024

/** Reads a regular file, at most so many bytes; undefined when it is none or cannot be read. */
export async function readText(path: string, most = fileLimit): Promise<string | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined)
  if (!handle) return undefined
  try {
    const info = await handle.stat()
    // Files of /proc have no size.
    const size = info.size === 0 ? most : Math.min(info.size, most)
    if (!info.isFile()) return undefined
    const pieces: Buffer[] = []
    let total = 0
    while (total < size) {
      const buffer = Buffer.alloc(Math.min(1 << 20, size - total))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) break
      pieces.push(buffer.subarray(0, bytesRead))
      total += bytesRead
    }
    return Buffer.concat(pieces).toString('utf8')
  } catch {
    return undefined
  } finally {
    await handle.close()
  }
}
