/**
 * Looks for what belongs to a malicious process or file, and changes nothing: processes of its family, its files and copies of them, and
 * the lines by which it comes back. Each thing found is a part that can be removed, and put back, by itself.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { done } from '../outcome.ts'
import { protectionOf } from '../protected.ts'
import type { FileTarget, ProcessTarget, TaskOutcome, TaskParameters } from '../task.ts'
import type { ExecutionHost } from './host.ts'
import { allProcesses, descendantsOf, executableOf, processProtection, readProcess } from './processes.ts'

export type CleanUpPart = { id: string; title: string; why: string; certain: boolean } & (
  | { kind: 'process'; process: ProcessTarget }
  | { kind: 'file'; file: FileTarget }
  | { kind: 'line'; path: string; line: string }
)
type Found = CleanUpPart extends infer Part ? (Part extends CleanUpPart ? Omit<Part, 'id'> : never) : never

/** Where programs are dropped; looked through for copies. */
const dropPlaces = ['/tmp', '/var/tmp', '/dev/shm', '/run', '/root', '/home', '/opt', '/usr/local', '/var/www', '/srv']
/** Where something is told to start by itself. Folders are looked through one level deep. */
const startPlaces = [
  '/etc/crontab',
  '/etc/cron.d',
  '/etc/cron.hourly',
  '/etc/cron.daily',
  '/etc/cron.weekly',
  '/etc/cron.monthly',
  '/var/spool/cron',
  '/var/spool/cron/crontabs',
  '/etc/rc.local',
  '/etc/profile',
  '/etc/profile.d',
  '/etc/bash.bashrc',
  '/etc/ld.so.preload',
  '/etc/environment',
]
const unitPlaces = ['/etc/systemd/system', '/run/systemd/system', '/usr/local/lib/systemd/system', '/etc/init.d']
const homeFiles = ['.bashrc', '.bash_profile', '.profile', '.zshrc', '.config/autostart']
const partsMax = 200
const visitedMax = 50_000
const depthMax = 6
const textLimit = 256 * 1024
const copyLimit = 64 * 1024 * 1024

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

/** Where the system's own programs and settings are; there only lines are looked for. */
const isOfSystem = (path: string) =>
  /^\/(usr\/)?(bin|sbin|lib|lib64|libexec)\//.test(path) ||
  startPlaces.includes(path) ||
  /\/authorized_keys2?$/.test(path) ||
  homeFiles.some((name) => path.endsWith(`/${name}`))

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

/** Files of the same size and content in the places where programs are dropped. False when not every place was looked through. */
function findCopies(files: readonly FileTarget[], found: Found[], host: ExecutionHost): boolean {
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

/** Lines that start a file of the attack, or that stand in a command line of one of its processes; units as a whole. */
function findLines(seeds: TaskParameters['plan-clean-up'], files: readonly FileTarget[], found: Found[]): void {
  const paths = [...new Set([...files, ...seeds.files].map(({ path }) => path))].filter(
    (path) => path.length > 4 && !isOfSystem(path),
  )
  const written = new Set(seeds.files.map(({ path }) => path))
  const naming = (text: string) => paths.find((path) => namesPath(text, path))
  for (const path of [...startPlaces, ...homes().flatMap((home) => homeFiles.map((name) => join(home, name)))].flatMap(
    filesAt,
  ))
    for (const line of linesOf(path)) {
      if (line.trim() === '' || line.trimStart().startsWith('#')) continue
      const named = naming(line)
      if (named !== undefined) found.push(lineOf(path, line, `It starts ${named}.`, true))
      else if (wasTyped(line, seeds.texts)) found.push(lineOf(path, line, 'A process of the attack wrote it.', true))
    }
  for (const path of unitPlaces.flatMap(filesAt)) {
    const named = linesOf(path)
      .map(naming)
      .find((one) => one !== undefined)
    if (named === undefined) continue
    const file = { path, sha256: hashOf(path) ?? null, inode: null }
    found.push({ kind: 'file', title: path, why: `The service starts ${named}.`, certain: true, file })
  }
  for (const path of homes().flatMap((home) =>
    ['authorized_keys', 'authorized_keys2'].map((name) => join(home, '.ssh', name)),
  ))
    for (const line of linesOf(path)) {
      if (line.trim() === '' || line.startsWith('#')) continue
      const key = /(?:^|\s)(AAAA[0-9A-Za-z+/=]{20,})/.exec(line)?.[1]
      if (key !== undefined && seeds.texts.some((text) => text.includes(key)))
        found.push(lineOf(path, line, 'A process of the attack wrote this key.', true))
      else if (written.has(path))
        found.push(
          lineOf(
            path,
            line,
            'A process of the attack changed this file; whether the key came with it is not known.',
            false,
          ),
        )
    }
}

const lineOf = (path: string, line: string, why: string, certain: boolean): Found => ({
  kind: 'line',
  title: `${path}: ${line}`,
  why,
  certain,
  path,
  line,
})

/** The path as a word of its own: not the beginning of a longer one. */
function namesPath(text: string, path: string): boolean {
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1))
    if (!/[\w./-]/.test(text[at + path.length] ?? '')) return true
  return false
}

/** A line long enough not to be there by chance, that stands in a command line. */
const wasTyped = (line: string, texts: readonly string[]) =>
  line.trim().length >= 16 && texts.some((text) => text.includes(line.trim()))

function homes(): string[] {
  return linesOf('/etc/passwd')
    .map((line) => line.split(':')[5] ?? '')
    .filter((home, at, all) => home.startsWith('/') && home !== '/' && all.indexOf(home) === at)
}

function filesAt(path: string): string[] {
  const kind = lstatSync(path, { throwIfNoEntry: false })
  if (kind?.isFile()) return [path]
  if (!kind?.isDirectory()) return []
  return entriesOf(path).flatMap((entry) => (entry.isFile() ? [join(path, entry.name)] : []))
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function linesOf(path: string): string[] {
  const kind = lstatSync(path, { throwIfNoEntry: false })
  if (!kind?.isFile() || kind.size > textLimit) return []
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}

function hashOf(path: string): string | undefined {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    if (!fstatSync(fd).isFile()) return undefined
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(256 * 1024)
    for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk)) hash.update(chunk.subarray(0, read))
    return hash.digest('hex')
  } finally {
    closeSync(fd)
  }
}
