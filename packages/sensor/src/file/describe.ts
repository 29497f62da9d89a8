/** The file part of an event, from a path; inode flags and device numbers in the forms that are told and compared. */
import path from 'node:path'
import type { File } from '@rampart/event'

export function describeFile(filePath: string): File {
  const file: File = { path: filePath.slice(0, 8192), name: path.posix.basename(filePath).slice(0, 512) }
  const extension = path.posix.extname(filePath)
  if (extension.length > 1 && extension.length <= 64) file.extension = extension.slice(1).toLowerCase()
  return file
}

/** Inode flags of chattr(1) that matter here; without either the flags were taken away. */
export function flagNames(flags: number): string {
  const names = []
  if (flags & 0x10) names.push('immutable')
  if (flags & 0x20) names.push('append-only')
  return names.join(' ') || 'no-flags'
}

/** The kernel's own form of a device number, from that of stat(2). */
export function kernelDevice(device: number): number {
  const major = (device >> 8) & 0xfff
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00)
  return ((major << 20) | minor) >>> 0
}
