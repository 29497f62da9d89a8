/** A path → an open folder and an open file, without following a single link. */
import { closeSync, constants, fstatSync, lstatSync } from 'node:fs'
import { basename, dirname, normalize } from 'node:path'
import { refused } from '../outcome.ts'
import type { TaskOutcome } from '../task.ts'
import { openWithoutLinks } from './native.ts'

export interface OpenFolder {
  fd: number
  /** Name of the file in it. */
  name: string
}

export type Opened<Value> = { ok: true; value: Value } | { ok: false; outcome: TaskOutcome }

const codes: Record<string, [code: string, message: (path: string) => string]> = {
  ENOENT: ['file.gone', (path) => `${path} is not there any more.`],
  ENOTDIR: ['file.gone', (path) => `${path} is not there any more.`],
  ELOOP: [
    'file.is-link',
    (path) => `${path} is a symbolic link, or one stands on the way to it: links are never followed.`,
  ],
  EXDEV: ['file.is-link', (path) => `${path} leads out of its folder: links are never followed.`],
  EACCES: ['file.not-permitted', (path) => `The agent may not read ${path}.`],
  EPERM: ['file.not-permitted', (path) => `The agent may not read ${path}.`],
}

function failure(error: unknown, path: string): Opened<never> {
  const known = codes[(error as NodeJS.ErrnoException).code ?? '']
  if (known === undefined) throw error
  return { ok: false, outcome: refused(known[0], known[1](path)) }
}

/** The folder of a path. Written in any other way than the plain one, lists of protected paths would not know it. The caller closes it. */
export function openFolder(path: string): Opened<OpenFolder> {
  const name = basename(path)
  if (!path.startsWith('/') || name === '' || name === '.' || name === '..' || normalize(path) !== path)
    return { ok: false, outcome: refused('file.invalid-path', `${path} is not the plain absolute path of a file.`) }
  try {
    const fd = openWithoutLinks(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
    return { ok: true, value: { fd, name } }
  } catch (error) {
    return failure(error, path)
  }
}

/** A regular file in an open folder, for reading, its time of access untouched. The caller closes it. */
export function openFileIn(folder: OpenFolder, path: string): Opened<number> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  let fd: number
  try {
    fd = openWithoutLinks(folder.name, flags | constants.O_NOATIME, folder.fd)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return failure(error, path)
    // Only the owner may leave the time of access alone.
    try {
      fd = openWithoutLinks(folder.name, flags, folder.fd)
    } catch (second) {
      return failure(second, path)
    }
  }
  if (fstatSync(fd).isFile()) return { ok: true, value: fd }
  closeSync(fd)
  return { ok: false, outcome: refused('file.not-regular', `${path} is a folder, a device or a socket, not a file.`) }
}

/** Path of a name in an open folder, for node's own calls. */
export function within(folder: number, name: string): string {
  return `/proc/self/fd/${folder}/${name}`
}

/** What stands under a name, links not followed; undefined for nothing. */
export function standing(folder: number, name: string) {
  return lstatSync(within(folder, name), { bigint: true, throwIfNoEntry: false })
}
