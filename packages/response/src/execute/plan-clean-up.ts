/**
 * Looks for what belongs to a malicious process or file, and changes nothing: processes of its family, its files and copies of them, and
 * the lines by which it comes back. Each thing found is a part that can be removed, and put back, by itself.
 */
import { lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import { done } from '../outcome.ts'
import { protectionOf } from '../protected.ts'
import type { FileTarget, TaskOutcome, TaskParameters } from '../task.ts'
import { type Found, hashOf, linesOf, partsMax } from './clean-up-parts.ts'
import { findCopies, visitedMax } from './find-copies.ts'
import { findLines, isOfSystem, startPlaces } from './find-start-lines.ts'
import type { ExecutionHost } from './host.ts'
import { allProcesses, descendantsOf, executableOf, processProtection, readProcess } from './processes.ts'

export function planCleanUp(seeds: TaskParameters['plan-clean-up'], host: ExecutionHost): TaskOutcome {
  const found: Found[] = []
  const files = presentFiles(seeds.files, host)
  findProcesses(seeds, files, host, found)
  for (const file of files) {
    const sha256 = hashOf(file.path)
    // A file that is there by name only, and whose content is another one by now, is a person's decision.
    const certain = file.sha256 === null || file.sha256 === sha256
    const why = certain
      ? 'It is named by the alert, or was written by a process of the attack.'
      : 'Its content changed since.'
    found.push({ kind: 'file', title: file.path, why, certain, file: { ...file, sha256: sha256 ?? null } })
  }
  const lookedEverywhere = findCopies(files, found, host)
  findLines(seeds, files, found)
  const belonging = splitStartFiles(found)
  const parts = belonging.slice(0, partsMax).map((part, at) => ({ ...part, id: String(at + 1) }))
  const left = belonging.length - parts.length
  const message =
    parts.length === 0
      ? 'Nothing that belongs to it was found on this host.'
      : `${parts.length} ${parts.length === 1 ? 'thing belongs' : 'things belong'} to it.${left > 0 ? ` ${left} more are not shown: remove these first.` : ''}`
  const limit = lookedEverywhere
    ? ''
    : ` Copies of its files were looked for among ${visitedMax.toLocaleString('en')} files and folders only; deeper ones may be left.`
  return done('clean-up.planned', `${message}${limit}`, { parts })
}

/**
 * A file of cron or of the profile that an attack wrote goes as a whole when every line of it belongs to the attack; otherwise
 * its lines go, and the file is a person's decision.
 */
function splitStartFiles(found: readonly Found[]): Found[] {
  const places = new Set(startPlaces)
  const whole = new Set<string>()
  const mixed = new Set<string>()
  for (const part of found) {
    if (part.kind !== 'file' || !places.has(dirname(part.file.path))) continue
    const { path } = part.file
    const own = found.filter((one) => one.kind === 'line' && one.path === path).length
    const all = linesOf(path).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#')).length
    if (own === all) whole.add(path)
    else if (own > 0) mixed.add(path)
  }
  return found
    .filter((part) => part.kind !== 'line' || !whole.has(part.path))
    .map((part) =>
      part.kind === 'file' && mixed.has(part.file.path)
        ? {
            ...part,
            certain: false,
            why: 'A process of the attack wrote to it, but not every line of it is known to be of the attack.',
          }
        : part,
    )
}

/** Files of the seeds that are there and may be moved. */
function presentFiles(files: readonly FileTarget[], host: ExecutionHost): FileTarget[] {
  return files.filter(({ path }) => {
    if (protectionOf(path, host.policy.protectedPaths) !== undefined || isOfSystem(path)) return false
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true
  })
}

function findProcesses(
  seeds: TaskParameters['plan-clean-up'],
  files: readonly FileTarget[],
  host: ExecutionHost,
  found: Found[],
): void {
  const known = new Set<number>()
  const add = (pid: number, why: string) => {
    const running = readProcess(pid, host.bootId)
    if (running === undefined || known.has(pid) || running.state === 'Z') return
    known.add(pid)
    if (processProtection(running, host) !== undefined) return
    const executable = executableOf(pid)?.path ?? null
    const process = { pid, entityId: running.entityId, executable, sha256: null }
    found.push({
      kind: 'process',
      title: `${pid} ${running.name} ${executable ?? ''}`.trim(),
      why,
      certain: true,
      process,
    })
  }
  for (const seed of seeds.processes) {
    if (readProcess(seed.pid, host.bootId)?.entityId !== seed.entityId) continue
    add(seed.pid, 'It is a process of the attack.')
    for (const { pid } of descendantsOf(seed.pid, host.bootId)) add(pid, `It was started below process ${seed.pid}.`)
  }
  const paths = new Set(files.map(({ path }) => path))
  for (const { pid } of allProcesses(host.bootId)) {
    const path = executableOf(pid)?.path
    if (path !== undefined && paths.has(path)) add(pid, `It runs ${path}.`)
  }
}
