/** Why a backup or a restore did not work: a permanent code, and a sentence that says what to do. */
export interface BackupError {
  code:
    | 'backup.no-state'
    | 'backup.file-exists'
    | 'backup.under-way'
    | 'backup.unwritable'
    | 'backup.disk-full'
    | 'backup.not-a-backup'
    | 'backup.damaged'
    | 'backup.newer'
    | 'backup.target-not-empty'
    | 'backup.database-damaged'
    | 'backup.failed'
  message: string
  cause?: unknown
}

export class BackupFailure extends Error {
  readonly error: BackupError

  constructor(code: BackupError['code'], message: string, cause?: unknown) {
    super(message)
    this.error = { code, message, cause }
  }
}

/** The error of anything thrown. */
export function backupError(thrown: unknown, path: string): BackupError {
  if (thrown instanceof BackupFailure) return thrown.error
  const { code, message } = thrown as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return {
      code: 'backup.disk-full',
      message: `No space is left for ${path}. Free some space, or choose another disk.`,
      cause: thrown,
    }
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR')
    return {
      code: 'backup.unwritable',
      message: `${path} cannot be used (${message}). Choose another place.`,
      cause: thrown,
    }
  return { code: 'backup.failed', message: `${path}: ${message ?? String(thrown)}`, cause: thrown }
}
