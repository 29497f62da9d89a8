/** A path → the text of a regular file of bounded size. Anything else throws: a pipe would never end, a device never answer. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

export function readRegularFile(path: string, maxBytes: number): string {
  // Without waiting: opening a pipe that nobody writes to would hang.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const status = fstatSync(file)
    if (!status.isFile()) throw new Error('not a regular file')
    if (status.size > maxBytes) throw new Error(`larger than ${maxBytes} bytes`)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}
