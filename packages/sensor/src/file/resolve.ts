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
}

export function pathResolver(): PathResolver {
  const own = statSync('/proc/self/ns/mnt').ino
  const kept = new Map<string, { real: string; at: number }>()
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
    kept.delete(name)
    kept.set(name, { real, at: now })
    if (kept.size > keptLimit) kept.delete(kept.keys().next().value ?? '')
    return real
  }
  return {
    resolve(filePath, mountNamespace, last) {
      if (mountNamespace !== own) return filePath
      if (last) return follow(filePath)
      const directory = path.posix.dirname(filePath)
      const real = follow(directory)
      return real === directory ? filePath : path.posix.join(real, path.posix.basename(filePath))
    },
  }
}
