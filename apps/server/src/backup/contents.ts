/** Which files of a state directory belong into a backup, in the order in which they have to be read. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

export const databaseFile = 'rampart.db'
export const checkpointFile = 'detector.checkpoint'

/** Only of the running process, or made anew by itself. */
const passing =
  /^(?:server\.(?:lock|pid)|audit-head\.json|.*\.(?:sock|db-wal|db-shm|db-journal)|.*\.log(?:\.\d+)?|.*\.before-.*|\.tmp.*|new-.*|.*\.(?:tmp|partial|new))$/

/**
 * Paths of plain files below the state directory, relative, sorted; without database and checkpoint, which are copied on
 * their own. Links and special files are never followed.
 */
export function listContents(stateDirectory: string): string[] {
  const files: string[] = []
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(stateDirectory, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (passing.test(entry.name) || path === databaseFile || path === checkpointFile) continue
      if (entry.isDirectory()) walk(path)
      else if (entry.isFile()) files.push(path)
    }
  }
  walk('')
  return files.sort()
}
