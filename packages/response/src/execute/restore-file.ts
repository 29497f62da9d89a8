/**
 * Puts a file back exactly: content, owner, mode, times, extended attributes, flags. Written beside its place under a name of
 * ours, read back, and only then given its name, so that nobody ever sees half of it. Refuses, with a choice, where something
 * stands in the way or the place is not what it was.
 */
import { createHash } from 'node:crypto'
import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  rmSync,
} from 'node:fs'
import { done, failed, refused } from '../outcome.ts'
import type { TaskOutcome, TaskParameters } from '../task.ts'
import { type OpenFolder, openFolder, standing, within } from './files.ts'
import type { ExecutionHost } from './host.ts'
import { renameAt, writeAttribute, writeFlags, writeTimes } from './native.ts'
import { quarantineFile } from './quarantine-file.ts'
import { DamagedError, entryKey, unseal, writeAll } from './sealed-file.ts'
import { Vault, type VaultEntry } from './vault.ts'

const setIdBits = 0o6000
const permissionBits = 0o7777
const writableByGroup = 0o020
const writableByOthers = 0o002
const sticky = 0o1000

export async function restoreFile(
  parameters: TaskParameters['restore-file'],
  host: ExecutionHost,
  taskId: string,
): Promise<TaskOutcome> {
  const vault = new Vault(host.directory)
  const entry = vault.read(parameters.entry)
  const path = parameters.path ?? entry?.path ?? ''
  if (entry?.state === 'restored') return restored(entry, entry.restoredTo ?? path)
  if (entry === undefined || entry.state !== 'quarantined')
    return refused('quarantine.gone', 'The vault of this host does not have this file any more.')
  const opened = openFolder(path)
  if (!opened.ok) return folderOutcome(opened.outcome, path)
  const folder = opened.value
  const temporary = `.rampart-${taskId}`
  try {
    const doubt = doubtOf(entry, path, folder, parameters.acceptPlace)
    if (doubt !== undefined) return doubt
    const inTheWay = standing(folder.fd, folder.name)
    // A crash between giving it its name and writing that down: it is there already, exactly as it was.
    if (inTheWay !== undefined && isBack(entry, folder, inTheWay)) {
      if (standing(folder.fd, temporary)?.ino === inTheWay.ino) rmSync(within(folder.fd, temporary))
      return finish(vault, entry, path, folder)
    }
    let replaced: TaskOutcome | undefined
    if (inTheWay !== undefined) {
      if (parameters.ifInTheWay === 'refuse' || !inTheWay.isFile())
        return refused(
          'restore.in-the-way',
          inTheWay.isFile()
            ? `Another file stands at ${path} now. Replace it (it goes into quarantine), choose another place, or leave this one in quarantine.`
            : `A ${inTheWay.isSymbolicLink() ? 'symbolic link' : 'folder or device'} stands at ${path} now and is never replaced. Choose another place.`,
          { path, regular: inTheWay.isFile(), sizeBytes: Number(inTheWay.size) },
        )
      const file = { path, sha256: null, inode: null }
      replaced = await quarantineFile({ file, entry: replacedEntry(entry.entry) }, host)
      if (replaced.state !== 'done') return replaced
    }
    await write(vault, entry, folder, temporary)
    try {
      // A link fails when something has the name by now; a rename would quietly replace it.
      linkSync(within(folder.fd, temporary), within(folder.fd, folder.name))
      rmSync(within(folder.fd, temporary))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') {
        rmSync(within(folder.fd, temporary), { force: true })
        return refused(
          'restore.in-the-way',
          `Something came to stand at ${path} just now: look at it, then try again.`,
          { path },
        )
      }
      // Filesystems without hard links.
      renameAt(folder.fd, temporary, folder.fd, folder.name, false)
    }
    const outcome = finish(vault, entry, path, folder)
    return replaced === undefined
      ? outcome
      : { ...outcome, details: { ...outcome.details, replaced: replaced.details } }
  } catch (error) {
    rmSync(within(folder.fd, temporary), { force: true })
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof DamagedError)
      return failed('vault.damaged', 'The container in the vault is damaged: the file cannot be put back whole.')
    if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
      return failed('restore.not-writable', `Nothing can be written beside ${path} (${code}).`)
    throw error
  } finally {
    closeSync(folder.fd)
  }
}

/** True when the very file stands there: content, owner, mode and time of change. Read only when all else is the same. */
function isBack(entry: VaultEntry, folder: OpenFolder, there: BigIntStats): boolean {
  const alike =
    there.isFile() &&
    there.size === BigInt(entry.sizeBytes) &&
    String(there.mtimeNs) === entry.modifiedNs &&
    Number(there.uid) === entry.ownerId &&
    Number(there.gid) === entry.groupId &&
    (Number(there.mode) & permissionBits) === (entry.mode & permissionBits)
  if (!alike) return false
  const fd = openSync(within(folder.fd, folder.name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    if (fstatSync(fd, { bigint: true }).ino !== there.ino) return false
    const hash = createHash('sha256')
    const piece = Buffer.alloc(1 << 20)
    for (let bytes = readSync(fd, piece); bytes > 0; bytes = readSync(fd, piece)) hash.update(piece.subarray(0, bytes))
    return hash.digest('hex') === entry.sha256
  } finally {
    closeSync(fd)
  }
}

/** Id of the entry that takes what stood in the way. */
export function replacedEntry(entry: string): string {
  return `${entry.slice(0, 56)}-way`
}

function folderOutcome(outcome: TaskOutcome, path: string): TaskOutcome {
  if (outcome.code !== 'file.gone' && outcome.code !== 'file.is-link') return outcome
  const what = outcome.code === 'file.gone' ? 'is not there any more' : 'is reached through a symbolic link now'
  return refused('restore.folder-changed', `The folder of ${path} ${what}. Choose another place.`, { path })
}

/** What is not as it was in a way that matters for who may use or change the file. */
function doubtOf(entry: VaultEntry, path: string, folder: OpenFolder, accepted: boolean): TaskOutcome | undefined {
  const { uid, gid, mode } = fstatSync(folder.fd)
  const open = mode & (writableByOthers | writableByGroup)
  const reasons: string[] = []
  if (path === entry.path) {
    if (uid !== entry.folder.ownerId)
      reasons.push(`its folder belongs to user ${uid} now, and to ${entry.folder.ownerId} before`)
    if (gid !== entry.folder.groupId && open & writableByGroup)
      reasons.push(`its folder belongs to group ${gid} now, and to ${entry.folder.groupId} before`)
    if (open & ~entry.folder.mode) reasons.push('more users may write in its folder than before')
  } else if (open & writableByOthers && !(mode & sticky)) reasons.push('everybody may write in that folder')
  else if (uid === 0 && entry.folder.ownerId !== 0)
    reasons.push('that folder belongs to root, and the one it came from did not')
  if (open && entry.mode & setIdBits)
    reasons.push('the file runs with the rights of its owner, and others may write in that folder')
  if (reasons.length === 0 || accepted) return undefined
  return refused(
    'restore.place-changed',
    `${path} is a more doubtful place than the one the file came from: ${reasons.join('; ')}. Confirm it, choose another place, or leave the file in quarantine.`,
    { path, reasons },
  )
}

/** The whole file under our own name, on disk. */
async function write(vault: Vault, entry: VaultEntry, folder: OpenFolder, temporary: string): Promise<void> {
  const container = openSync(vault.container(entry.entry), 'r')
  rmSync(within(folder.fd, temporary), { force: true })
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | constants.O_RDWR
  const fd = openSync(within(folder.fd, temporary), flags, 0o600)
  try {
    const digest = await unseal(container, entryKey(vault.key, entry.entry), (piece) => writeAll(fd, piece))
    if (digest.sha256 !== entry.sha256) throw new DamagedError()
    // In this order: a change of owner takes set-id bits and capabilities away, and everything else moves the times.
    fchownSync(fd, entry.ownerId, entry.groupId)
    fchmodSync(fd, entry.mode)
    for (const [name, value] of entry.attributes) writeAttribute(fd, name, Buffer.from(value, 'base64'))
    fchmodSync(fd, entry.mode)
    writeTimes(fd, BigInt(entry.accessedNs), BigInt(entry.modifiedNs))
    fsyncSync(fd)
  } finally {
    closeSync(fd)
    closeSync(container)
  }
}

function finish(vault: Vault, entry: VaultEntry, path: string, folder: OpenFolder): TaskOutcome {
  if (entry.flags !== 0) {
    const fd = openSync(within(folder.fd, folder.name), constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      writeFlags(fd, entry.flags)
    } catch {
      // Another filesystem than before may not have all of them.
    } finally {
      closeSync(fd)
    }
  }
  fsyncSync(folder.fd)
  vault.close(entry, 'restored', path)
  return restored(entry, path)
}

function restored(entry: VaultEntry, path: string): TaskOutcome {
  return done('file.restored', `${path} is back as it was.`, { entry: entry.entry, path, sha256: entry.sha256 })
}
