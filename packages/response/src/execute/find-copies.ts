/** Copies of the files of an attack in the places where programs are dropped. */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { FileTarget } from '../task.ts'
import { entriesOf, type Found, hashOf, partsMax } from './clean-up-parts.ts'
import type { ExecutionHost } from './host.ts'

/** Where programs are dropped; looked through for copies. */
const dropPlaces = ['/tmp', '/var/tmp', '/dev/shm', '/run', '/root', '/home', '/opt', '/usr/local', '/var/www', '/srv']
/** Files and folders that are looked at. */
export const visitedMax = 50_000
const depthMax = 6
const copyLimit = 64 * 1024 * 1024

/** Files of the same size and content in the places where programs are dropped. False when not every place was looked through. */
export function findCopies(files: readonly FileTarget[], found: Found[], host: ExecutionHost): boolean {
  const wanted = new Map<number, Map<string, string>>()
  for (const { path } of files) {
    const size = lstatSync(path, { throwIfNoEntry: false })?.size ?? 0
    const sha256 = size > 0 && size <= copyLimit ? hashOf(path) : undefined
    if (sha256 !== undefined) wanted.set(size, (wanted.get(size) ?? new Map()).set(sha256, path))
  }
  if (wanted.size === 0) return true
  const known = new Set(files.map(({ path }) => path))
  // All places side by side, what lies near the top first: one crowded folder does not use up what the others need.
  const folders = dropPlaces.map((path) => ({ path, depth: 0 }))
  let visited = 0
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const { depth } = folder
    for (const entry of entriesOf(folder.path)) {
      if (++visited > visitedMax || found.length > partsMax) return false
      const path = join(folder.path, entry.name)
      if (path.startsWith(host.directory)) continue
      if (entry.isDirectory() && depth < depthMax) folders.push({ path, depth: depth + 1 })
      if (!entry.isFile() || known.has(path)) continue
      const same = wanted.get(lstatSync(path, { throwIfNoEntry: false })?.size ?? -1)
      const sha256 = same && hashOf(path)
      const original = sha256 && same.get(sha256)
      if (!original || !sha256) continue
      known.add(path)
      found.push({
        kind: 'file',
        title: path,
        why: `It has the content of ${original}.`,
        certain: true,
        file: { path, sha256, inode: null },
      })
    }
  }
  return true
}
