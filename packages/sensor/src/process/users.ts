/** Numeric user ids in, account names out, from the host's /etc/passwd. */
import { readFileSync, statSync } from 'node:fs'

const checkIntervalMs = 1000
/** A larger file is not an account database. */
const limitBytes = 16 << 20

export interface UserNames {
  /** Name of an account; undefined when the id has no entry. */
  nameOf(id: number): string | undefined
}

/** Reads the file again when its modification time changed, looking at most once a second. */
export function userNames(file = '/etc/passwd'): UserNames {
  let names = new Map<number, string>()
  let modifiedAt = -1
  let checkedAt = -Infinity
  const refresh = () => {
    const now = performance.now()
    if (now - checkedAt < checkIntervalMs) return
    checkedAt = now
    const info = statSync(file, { throwIfNoEntry: false })
    if (!info || info.mtimeMs === modifiedAt || info.size > limitBytes) return
    modifiedAt = info.mtimeMs
    names = parsePasswd(readFileSync(file, 'utf8'))
  }
  return {
    nameOf(id) {
      try {
        refresh()
      } catch {
        // An unreadable file leaves the names known so far.
      }
      return names.get(id)
    },
  }
}

/** The first entry of an id wins, as getpwuid(3) has it. */
export function parsePasswd(text: string): Map<number, string> {
  const names = new Map<number, string>()
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':', 3)
    if (!name || !id || !/^\d{1,10}$/.test(id) || names.has(Number(id))) continue
    names.set(Number(id), name.slice(0, 256))
  }
  return names
}
