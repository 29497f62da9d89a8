/** Processes of the host as far as an inventory needs them. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readText } from './file-memo.ts'

const processesMax = 20_000

/** Ids of all processes. */
export async function processIds(proc: string): Promise<string[]> {
  const names = await readdir(proc).catch(() => [] as string[])
  return names.filter((name) => /^\d+$/.test(name)).slice(0, processesMax)
}

const packageManagers = /^(?:dpkg|apt|apt-get|aptitude|unattended-upgr|rpm|dnf5?|yum|zypper|pacman|apk|snapd)$/

/** Whether a package manager runs now. */
export async function packageManagerRuns(proc: string): Promise<boolean> {
  for (const pid of await processIds(proc))
    if (packageManagers.test(((await readText(join(proc, pid, 'comm'), 64)) ?? '').trim())) return true
  return false
}
