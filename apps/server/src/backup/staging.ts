/** The folder in which a backup is put together: named for its process, so that one that a crash left behind shows. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const prefix = '.tmp-rampart-backup-'
const ofProcess = /^\.tmp-rampart-backup-(\d{1,10})-/

/** Makes one. The caller removes it. */
export function makeStaging(folder: string): string {
  return mkdtempSync(join(folder, `${prefix}${process.pid}-`))
}

/** Removes those of processes that are gone: they hold copies of the database, with everything that is secret in it. */
export function sweepStagings(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix)) continue
    const pid = Number(ofProcess.exec(name)?.[1] ?? 0)
    if (pid === 0 || !isAlive(pid)) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
