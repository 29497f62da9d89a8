/** The beginning of a file, for files of /proc whose size another process decides. */
import { closeSync, openSync, readSync } from 'node:fs'

/** At most so many bytes: any process can declare all of its memory to be its arguments. Throws what the file system says. */
export function readHead(path: string, limit: number): Buffer {
  const bytes = Buffer.alloc(limit)
  const file = openSync(path, 'r')
  try {
    let length = 0
    while (length < limit) {
      const count = readSync(file, bytes, length, limit - length, null)
      if (count === 0) break
      length += count
    }
    return bytes.subarray(0, length)
  } finally {
    closeSync(file)
  }
}
