/** The file part of an event, from a path. */
import path from 'node:path'
import type { File } from '@rampart/event'

export function describeFile(filePath: string): File {
  const file: File = { path: filePath.slice(0, 8192), name: path.posix.basename(filePath).slice(0, 512) }
  const extension = path.posix.extname(filePath)
  if (extension.length > 1 && extension.length <= 64) file.extension = extension.slice(1).toLowerCase()
  return file
}
