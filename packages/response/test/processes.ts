/** Whether a process runs; one whose entry only waits for its parent has ended. */
import { readFileSync } from 'node:fs'

export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
