/** Lines by which an attack comes back: cron, profiles, units, keys. */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { FileTarget, TaskParameters } from '../task.ts'
import { entriesOf, type Found, hashOf, linesOf } from './clean-up-parts.ts'

/** Where something is told to start by itself. Folders are looked through one level deep. */
export const startPlaces = [
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

/** Where the system's own programs and settings are; there only lines are looked for. */
export const isOfSystem = (path: string) =>
  /^\/(usr\/)?(bin|sbin|lib|lib64|libexec)\//.test(path) ||
  startPlaces.includes(path) ||
  /\/authorized_keys2?$/.test(path) ||
  homeFiles.some((name) => path.endsWith(`/${name}`))

/** Lines that start a file of the attack, or that stand in a command line of one of its processes; units as a whole. */
export function findLines(seeds: TaskParameters['plan-clean-up'], files: readonly FileTarget[], found: Found[]): void {
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
