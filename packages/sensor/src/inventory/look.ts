/** A look at the whole host → its inventory. Everything read is bounded; what cannot be read leaves its kind out. */
import { join } from 'node:path'
import { setImmediate as pause } from 'node:timers/promises'
import { readContainers, readImages } from './containers.ts'
import { FileMemo, readText } from './file-memo.ts'
import type { HostFiles } from './host-files.ts'
import { readJobs } from './jobs.ts'
import { createPackageReader, packagesLocked } from './packages.ts'
import { homesOf, kernelModules } from './parse.ts'
import { createPortReader } from './ports.ts'
import { readPrivilegedFiles, readStartItems, readSudoRules } from './privileges.ts'
import { packageManagerRuns } from './processes.ts'
import { collectThings, type Looked, type Row, type SnapshotKind } from './things.ts'
import { readUnits } from './units.ts'
import { readWebConfiguration, webServers } from './web.ts'

export interface HostLooker {
  /** Looks at everything; what did not change since the last time is not read again. */
  look(): Promise<Looked>
  /** Whether a package manager holds its lock now: one file to read. */
  packagesLocked(): Promise<boolean>
  /** Whether one runs now: a file a process to read. */
  packageManagerRuns(): Promise<boolean>
  /** Files and folders read so far. */
  readonly reads: number
  /** What of the packages the last look could not read and why. */
  readonly packageTrouble: string | undefined
}

/** `root` stands before every path but those of /proc: another tree for tests. */
export function createHostLooker(root = '/', proc = '/proc'): HostLooker {
  const memo = new FileMemo()
  const files: HostFiles = { memo, proc, at: (path) => join(root, path) }
  const readPackages = createPackageReader()
  const readPorts = createPortReader()
  let packageTrouble: string | undefined

  async function look(): Promise<Looked> {
    memo.begin()
    const looked: Looked = {}
    const take = async (kind: SnapshotKind, rows: () => Promise<Row[] | undefined>) => {
      const found = await rows().catch(() => undefined)
      if (found) looked[kind] = collectThings(found)
      await pause()
    }
    const homes = (await memo.file(files.at('/etc/passwd'), 'homes', homesOf)) ?? []
    await take('package', async () => {
      const { rows, trouble } = await readPackages(files)
      packageTrouble = trouble
      return rows
    })
    await take('port', () => readPorts(files))
    await take('unit', () => readUnits(files, homes))
    await take('job', () => readJobs(files))
    await take('module', async () => {
      const text = await readText(join(proc, 'modules'))
      return text === undefined ? undefined : [...kernelModules(text)]
    })
    const web = await readWebConfiguration(files)
    await take('web-root', async () => web.roots)
    await take('web-server', async () => webServers(web, looked.package?.things, looked.port?.things))
    await take('container', () => readContainers(files))
    await take('image', () => readImages(files))
    await take('privileged-file', () => readPrivilegedFiles(files))
    await take('sudo-rule', () => readSudoRules(files))
    await take('start-item', () => readStartItems(files))
    return looked
  }

  return {
    look,
    packagesLocked: () => packagesLocked(files, readText),
    packageManagerRuns: () => packageManagerRuns(proc),
    get reads() {
      return memo.reads
    },
    get packageTrouble() {
      return packageTrouble
    },
  }
}
