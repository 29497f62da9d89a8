/** Numbers that never repeat within a boot, over restarts of the sensor: the last part of an event's id. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Numbers set aside at once; a crash leaves out at most as many. */
const blockSize = 1_000_000

export interface Sequence {
  next(): number
}

/**
 * Keeps `<boot id> <first free number>` in `<stateDirectory>/sequence-<name>`. When that cannot be written, numbers
 * start from the clock instead: still unique, unless the clock is turned back.
 */
export function openSequence(stateDirectory: string, name: string, bootId: string): Sequence {
  const file = path.join(stateDirectory, `sequence-${name}`)
  let next = 1
  try {
    const [boot, free] = readFileSync(file, 'utf8').split(' ')
    if (boot === bootId && Number.isSafeInteger(Number(free))) next = Number(free)
  } catch {
    // The first start on this host.
  }
  let end = next
  const reserve = () => {
    end = next + blockSize
    try {
      mkdirSync(stateDirectory, { recursive: true, mode: 0o700 })
      writeFileSync(`${file}.new`, `${bootId} ${end}`)
      renameSync(`${file}.new`, file)
    } catch {
      next = Math.max(next, Date.now() * 1000)
      end = next + blockSize
    }
  }
  return {
    next() {
      if (next >= end) reserve()
      return next++
    },
  }
}
