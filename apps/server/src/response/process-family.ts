/** A process or file of an alert → what the archive knows of its family: processes below it, files they wrote, what they were told. */
import type { Event } from '@rampart/event'
import type { FileTarget, ProcessTarget } from '@rampart/response'
import type { EventArchive } from '../archive/event-archive.ts'

export interface Family {
  processes: ProcessTarget[]
  files: FileTarget[]
  /** Command lines: a key or a cron line that one of them wrote stands in them. */
  texts: string[]
}

const backMs = 3_600_000
const forwardMs = 24 * 3_600_000
const eventsMax = 300_000
const eachMax = 200
const textMax = 8_192
/** Files that a program writes without being theirs. */
const ordinary = /^\/(dev|proc|sys|run\/systemd)\/|^\/var\/log\/|\.(log|pid|lock|swp|tmp)$/

export async function familyOf(
  archive: EventArchive,
  assetId: string,
  seeds: Family,
  at: { first: number; last: number },
  now: number,
): Promise<Family> {
  const known = new Set(seeds.processes.map((process) => process.entityId))
  const paths = new Set(seeds.files.map((file) => file.path))
  const processes = new Map(seeds.processes.map((process) => [process.entityId, process]))
  const files = new Map(seeds.files.map((file) => [file.path, file]))
  const texts = new Set(seeds.texts)
  let read = 0
  const until = Math.min(now, at.last + forwardMs)
  for await (const event of archive.read(at.first - backMs, until, {
    assetId,
    types: ['process.started', 'file.written', 'file.renamed'],
  })) {
    if (++read > eventsMax) break
    const { process } = event
    if (process === undefined || !belongs(event, known, paths)) continue
    known.add(process.entityId)
    if (event.type === 'process.started') {
      processes.set(process.entityId, {
        pid: process.pid,
        entityId: process.entityId,
        executable: process.executable ?? null,
        sha256: process.hash?.sha256 ?? null,
      })
      if (process.commandLine) texts.add(process.commandLine.slice(0, textMax))
    } else if ('file' in event && event.file && !event.container) {
      // A path of a container is another file on the host.
      const { path, inode, hash } = event.file
      if (!ordinary.test(path) && path.startsWith('/'))
        files.set(path, { path, sha256: hash?.sha256 ?? files.get(path)?.sha256 ?? null, inode: inode ?? null })
    }
  }
  return {
    processes: [...processes.values()].slice(-eachMax),
    files: [...files.values()].slice(-eachMax),
    texts: [...texts].slice(-eachMax),
  }
}

/** It is one of them, below one of them, or runs one of their files. */
function belongs({ process, container }: Event, known: ReadonlySet<string>, paths: ReadonlySet<string>): boolean {
  if (process === undefined) return false
  if (known.has(process.entityId)) return true
  if (process.ancestors?.some((one) => known.has(one.entityId)) || known.has(process.parent?.entityId ?? ''))
    return true
  return !container && (paths.has(process.executable ?? '') || paths.has(process.program ?? ''))
}
