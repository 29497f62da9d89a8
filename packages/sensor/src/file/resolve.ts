/** A path as a caller wrote it in, the same without symbolic links out, as far as they can be followed. */
import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'

/** Directories are looked at once in this time: programs do many things in one place. */
const keepMs = 1000
const keptLimit = 4096

export interface PathResolver {
  /**
   * Follows links in the directory part, and in the last part too when `last` is true (chmod and chown do). Only for
   * paths of the sensor's own mount namespace; others come back as they are. A link that is changed again within
   * milliseconds is not followed rightly.
   */
  resolve(filePath: string, mountNamespace: number, last: boolean): string
  /** A link or another directory of this name (in Latin-1) may now be on the way: what was known through it is forgotten. */
  appeared(name: string): void
}

export function pathResolver(): PathResolver {
  const own = statSync('/proc/self/ns/mnt').ino
  const kept = new Map<string, { real: string; at: number }>()
  const names = new Set<string>()
  const follow = (name: string): string => {
    const now = performance.now()
    const known = kept.get(name)
    if (known && now - known.at < keepMs) return known.real
    let real = name
    try {
      real = realpathSync.native(name)
    } catch {
      // Gone already, or never there: the name as it was given is all there is.
    }
    if (kept.size >= keptLimit) {
      kept.clear()
      names.clear()
    }
    kept.set(name, { real, at: now })
    for (const part of Buffer.from(`${name}/${real}`).toString('latin1').split('/')) names.add(part)
    return real
  }
  return {
    appeared(name) {
      if (!names.has(name)) return
      kept.clear()
      names.clear()
    },
    resolve(filePath, mountNamespace, last) {
      if (mountNamespace !== own) return filePath
      if (last) return follow(filePath)
      const directory = path.posix.dirname(filePath)
      const real = follow(directory)
      return real === directory ? filePath : path.posix.join(real, path.posix.basename(filePath))
    },
  }
}
