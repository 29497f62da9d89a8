/** Which system calls change files and where their arguments stand: what the kernel's map of path calls is filled with. */

import type { Syscall } from '../kernel/syscalls.ts'
import { layout } from '../kernel/wire.ts'
import { type FileOperation, fileOperations } from './decode.ts'

/** Positions among the call's arguments, from 0. Without a directory descriptor a path starts at the current directory. */
export interface FileCall {
  /** Program that handles the call's end. */
  program: 'exit_descriptor' | 'exit_path' | 'exit_pair'
  operation: FileOperation
  directory?: number
  path?: number
  toDirectory?: number
  toPath?: number
  /** The new mode or owner. */
  value?: number
  /** Name of the extended attribute. */
  extra?: number
  /** The call counts only if this argument is not 0. */
  needed?: number
  /** The call does not count if this argument has AT_REMOVEDIR. */
  flags?: number
}

/** The descriptor that the call returns leads to the file. */
const open: FileCall = { program: 'exit_descriptor', operation: 'written' }
const path = (operation: FileOperation, more: Partial<FileCall>): FileCall => ({
  program: 'exit_path',
  operation,
  ...more,
})
const pair = (operation: FileOperation, more: Partial<FileCall>): FileCall => ({
  program: 'exit_pair',
  operation,
  ...more,
})
const descriptor = (operation: FileOperation, value: number): FileCall => ({
  program: 'exit_descriptor',
  operation,
  directory: 0,
  value,
})

export const fileCalls: Partial<Record<Syscall, FileCall>> = {
  open,
  openat: open,
  openat2: open,
  creat: open,
  open_by_handle_at: open,
  truncate: path('written', { path: 0 }),
  unlink: path('removed', { path: 0 }),
  unlinkat: path('removed', { directory: 0, path: 1, flags: 2 }),
  chmod: path('mode', { path: 0, value: 1 }),
  fchmodat: path('mode', { directory: 0, path: 1, value: 2 }),
  fchmodat2: path('mode', { directory: 0, path: 1, value: 2 }),
  chown: path('owner', { path: 0, value: 1 }),
  lchown: path('owner', { path: 0, value: 1 }),
  fchownat: path('owner', { directory: 0, path: 1, value: 2 }),
  setxattr: path('attribute', { path: 0, extra: 1 }),
  lsetxattr: path('attribute', { path: 0, extra: 1 }),
  fsetxattr: path('attribute', { directory: 0, extra: 1 }),
  // Times that the caller chose; without them the present is meant, which every write sets.
  utime: path('times', { path: 0, needed: 1 }),
  utimes: path('times', { path: 0, needed: 1 }),
  utimensat: path('times', { directory: 0, path: 1, needed: 2 }),
  rename: pair('renamed', { path: 0, toPath: 1 }),
  renameat: pair('renamed', { directory: 0, path: 1, toDirectory: 2, toPath: 3 }),
  renameat2: pair('renamed', { directory: 0, path: 1, toDirectory: 2, toPath: 3 }),
  link: pair('linked', { path: 0, toPath: 1 }),
  linkat: pair('linked', { directory: 0, path: 1, toDirectory: 2, toPath: 3 }),
  symlink: pair('symlinked', { path: 0, toPath: 1 }),
  symlinkat: pair('symlinked', { path: 0, toDirectory: 1, toPath: 2 }),
  fchmod: descriptor('mode', 1),
  fchown: descriptor('owner', 1),
  // Setting inode flags, as chattr does; the kernel program leaves out all other requests.
  ioctl: descriptor('attribute', 2),
}

const noArgument = 255

/** The value of the kernel's map for one call. */
export function pathCallBytes(call: FileCall): Uint8Array {
  const bytes = new Uint8Array(layout.path_call.size).fill(noArgument)
  const fields = layout.path_call
  const set = (at: number, value: number | undefined) => {
    if (value !== undefined) bytes[at] = value
  }
  set(fields.operation, fileOperations.indexOf(call.operation))
  set(fields.directory, call.directory)
  set(fields.path, call.path)
  set(fields.to_directory, call.toDirectory)
  set(fields.to_path, call.toPath)
  set(fields.value, call.value)
  set(fields.extra, call.extra)
  set(fields.needed, call.needed)
  set(fields.flags, call.flags)
  return bytes
}

/** Event type of an operation. */
export const eventTypes: Record<FileOperation, string> = {
  written: 'file.written',
  removed: 'file.removed',
  mode: 'file.mode-changed',
  owner: 'file.mode-changed',
  attribute: 'file.mode-changed',
  times: 'file.mode-changed',
  renamed: 'file.renamed',
  linked: 'file.linked',
  symlinked: 'file.linked',
}
