/**
 * Moves a file into the vault: sealed copy, on disk and read back, before the file itself goes. Each step can be interrupted:
 * run again, it finds where it was. The file that goes is the very one that was copied, whatever happens to its name.
 */
import { closeSync, constants, fstatSync, fsyncSync, openSync, statfsSync, unlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { done, failed, refused } from '../outcome.ts'
import { protectionOf } from '../protected.ts'
import type { FileTarget, TaskOutcome, TaskParameters } from '../task.ts'
import { type OpenFolder, openFileIn, openFolder, standing, within } from './files.ts'
import type { ExecutionHost } from './host.ts'
import { lockingFlags, readAttributes, readFlags, renameAt, writeFlags } from './native.ts'
import { md5Of, unchangedPackageFile } from './package-files.ts'
import { executableOf } from './processes.ts'
import { DamagedError, type Digest, entryKey, seal, unseal } from './sealed-file.ts'
import { syncFolder, Vault, type VaultEntry } from './vault.ts'

/** Never moved: without these nobody logs on, or nothing starts. */
const protectedFiles = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/group',
  '/etc/gshadow',
  '/etc/sudoers',
  '/etc/fstab',
  '/etc/hosts',
  '/etc/resolv.conf',
  '/etc/ssh/sshd_config',
  '/etc/pam.d/',
  '/boot/',
  '/proc/',
  '/sys/',
  '/dev/',
]
const loaderPattern = /^(ld-linux|ld-musl|ld-2|libc\.so|libc-2|libpthread|libdl|libcrypto\.so|libssl\.so)/
/** Left free on the disk of the vault. */
const sparedBytes = 32 * 1024 * 1024

export async function quarantineFile(
  { file, entry }: TaskParameters['quarantine-file'],
  host: ExecutionHost,
): Promise<TaskOutcome> {
  const vault = new Vault(host.directory)
  vault.sweep(Date.now())
  const known = vault.read(entry)
  if (known !== undefined && known.state !== 'copying' && known.state !== 'sealed') return outcomeOf(known)
  const folder = openFolder(file.path)
  if (!folder.ok) return known?.state === 'sealed' ? finish(vault, known, undefined) : folder.outcome
  try {
    if (known?.state === 'sealed') return await finish(vault, known, folder.value)
    if (known !== undefined) vault.abandon(entry)
    const copied = await copy(vault, file, entry, folder.value, host)
    return 'outcome' in copied ? copied.outcome : await finish(vault, copied.sealed, folder.value)
  } finally {
    closeSync(folder.value.fd)
  }
}

async function copy(
  vault: Vault,
  file: FileTarget,
  entry: string,
  folder: OpenFolder,
  host: ExecutionHost,
): Promise<{ sealed: VaultEntry } | { outcome: TaskOutcome }> {
  const opened = openFileIn(folder, file.path)
  if (!opened.ok) return opened
  const fd = opened.value
  try {
    const outcome = await whyNot(file, fd, vault, host)
    if (outcome !== undefined) return { outcome }
    const noted = describe(entry, file.path, fd, folder.fd, host.policy.vault.keepMs)
    vault.write(noted)
    let digest: Digest
    try {
      digest = await sealInto(vault, noted, fd, host)
    } catch (error) {
      // A full disk: the file stands untouched, and what was begun is taken away.
      vault.abandon(entry)
      throw error
    }
    const after = fstatSync(fd, { bigint: true })
    const changing = after.size !== BigInt(digest.sizeBytes) || String(after.mtimeNs) !== noted.modifiedNs
    if (changing || (file.sha256 !== null && digest.sha256 !== file.sha256)) {
      vault.abandon(entry)
      if (changing)
        return {
          outcome: failed('file.changing', `${file.path} is being written to: end what writes it, then try again.`),
        }
      return {
        outcome: refused(
          'file.changed',
          `${file.path} has another content than the alert saw: look at the alert again.`,
          {
            sha256: digest.sha256,
            expected: file.sha256,
          },
        ),
      }
    }
    const sealed: VaultEntry = { ...noted, ...digest, state: 'sealed' }
    vault.write(sealed)
    return { sealed }
  } finally {
    closeSync(fd)
  }
}

async function whyNot(
  file: FileTarget,
  fd: number,
  vault: Vault,
  host: ExecutionHost,
): Promise<TaskOutcome | undefined> {
  const { path } = file
  const { dev, ino, size } = fstatSync(fd, { bigint: true })
  if (file.sha256 === null && file.inode !== null && BigInt(file.inode) !== ino)
    return refused('file.changed', `${path} is another file now than the alert saw: look at the alert again.`)
  const own = dirname(host.directory)
  const entry =
    protectionOf(path, host.policy.protectedPaths) ??
    protectedFiles.find((one) => (one.endsWith('/') ? path.startsWith(one) : path === one)) ??
    (path.startsWith(`${own}/`) ? own : undefined) ??
    (loaderPattern.test(basename(path)) && /^\/(usr\/)?lib/.test(path) ? path : undefined)
  if (entry !== undefined)
    return refused('file.protected', `${path} is never moved: the host would not work without it (${entry}).`)
  for (const pid of [1, process.pid, ...host.ownPids]) {
    const running = executableOf(pid)
    if (running?.device === dev && running.inode === ino)
      return refused('file.protected', `${path} is never moved: process ${pid} of the agent or the system runs it.`)
  }
  const installed = await unchangedPackageFile(path, () => md5Of(fd))
  if (installed !== undefined)
    return refused(
      'file.of-package',
      `${path} is as the package ${installed} installed it: it was misused, and moving it would damage the host. End the process, and handle the script or file that it ran.`,
      { package: installed },
    )
  const { maxFileBytes, maxBytes } = host.policy.vault
  if (size > BigInt(maxFileBytes))
    return refused('file.too-large', `${path} is larger than the vault takes (${megabytes(maxFileBytes)}).`)
  if (vault.usedBytes() + Number(size) > maxBytes)
    return failed(
      'vault.full',
      `The vault of this host is full (${megabytes(maxBytes)}): delete something from quarantine.`,
    )
  const { bavail, bsize } = statfsSync(vault.folder)
  if (bavail * bsize < Number(size) + Math.min(sparedBytes, Number(size)))
    return failed(
      'host.disk-full',
      `The disk of the host has no room for ${path}: free some space there, then try again.`,
    )
  return undefined
}

function describe(entry: string, path: string, fd: number, folder: number, keepMs: number): VaultEntry {
  const file = fstatSync(fd, { bigint: true })
  const place = fstatSync(folder)
  const now = Date.now()
  return {
    entry,
    state: 'copying',
    path,
    device: String(file.dev),
    inode: String(file.ino),
    sizeBytes: Number(file.size),
    sha256: '',
    crc32: 0,
    ownerId: Number(file.uid),
    groupId: Number(file.gid),
    mode: Number(file.mode) & 0o7777,
    accessedNs: String(file.atimeNs),
    modifiedNs: String(file.mtimeNs),
    attributes: readAttributes(fd).map(([name, value]) => [name, value.toString('base64')]),
    flags: readFlags(fd),
    links: Number(file.nlink),
    folder: { ownerId: place.uid, groupId: place.gid, mode: place.mode & 0o7777 },
    quarantinedAt: now,
    keptUntil: now + keepMs,
  }
}

/** The container is on disk and was read back when this returns. */
async function sealInto(vault: Vault, noted: VaultEntry, fd: number, host: ExecutionHost): Promise<Digest> {
  const path = vault.container(noted.entry)
  const key = entryKey(vault.key, noted.entry)
  const out = openSync(path, constants.O_CREAT | constants.O_TRUNC | constants.O_RDWR, 0o600)
  try {
    const digest = await seal(fd, out, key, host.policy.vault.maxFileBytes, (bytes) =>
      host.progress(Math.min(0.9, bytes / Math.max(1, noted.sizeBytes))),
    )
    fsyncSync(out)
    syncFolder(dirname(path))
    const back = openSync(path, 'r')
    try {
      const read = await unseal(back, key, () => {})
      if (read.sha256 !== digest.sha256) throw new DamagedError()
    } finally {
      closeSync(back)
    }
    return digest
  } finally {
    closeSync(out)
  }
}

/** Takes the file itself away: put aside under a name of ours, looked at, then removed. */
async function finish(vault: Vault, sealed: VaultEntry, folder: OpenFolder | undefined): Promise<TaskOutcome> {
  const aside = `.rampart-${sealed.entry}`
  if (folder !== undefined) {
    const isOurs = (name: string) => {
      const there = standing(folder.fd, name)
      return there !== undefined && String(there.ino) === sealed.inode && String(there.dev) === sealed.device
    }
    if (isOurs(folder.name)) {
      const outcome = putAside(folder, aside, sealed)
      if (outcome !== undefined) {
        vault.abandon(sealed.entry)
        return outcome
      }
    }
    // Otherwise the name leads to nothing or to another file: the sealed one was removed before the interruption.
    if (isOurs(aside)) {
      unlinkSync(within(folder.fd, aside))
      fsyncSync(folder.fd)
    }
  }
  const quarantined: VaultEntry = { ...sealed, state: 'quarantined' }
  vault.write(quarantined)
  return outcomeOf(quarantined)
}

/** Undefined when it worked; otherwise everything stands as before. */
function putAside(folder: OpenFolder, aside: string, sealed: VaultEntry): TaskOutcome | undefined {
  const unlocked = unlock(folder, sealed)
  try {
    renameAt(folder.fd, folder.name, folder.fd, aside, false)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EPERM' || code === 'EACCES' || code === 'EROFS')
      return failed(
        'file.locked',
        `${sealed.path} cannot be removed (${code}): its filesystem or folder does not allow it.`,
      )
    throw error
  } finally {
    unlocked()
  }
  const moved = standing(folder.fd, aside)
  const same =
    moved !== undefined &&
    String(moved.ino) === sealed.inode &&
    String(moved.dev) === sealed.device &&
    String(moved.mtimeNs) === sealed.modifiedNs &&
    Number(moved.size) === sealed.sizeBytes
  if (same) return undefined
  renameAt(folder.fd, aside, folder.fd, folder.name, false)
  return failed('file.changing', `${sealed.path} changed while it was being moved: try again.`)
}

/** Takes chattr's locks off file and folder; the returned function puts the folder's back. */
function unlock(folder: OpenFolder, sealed: VaultEntry): () => void {
  const folderFlags = readFlags(folder.fd)
  if (folderFlags & lockingFlags) writeFlags(folder.fd, folderFlags & ~lockingFlags)
  if (sealed.flags & lockingFlags) {
    const opened = openFileIn(folder, sealed.path)
    if (opened.ok) {
      writeFlags(opened.value, sealed.flags & ~lockingFlags)
      closeSync(opened.value)
    }
  }
  return () => {
    if (folderFlags & lockingFlags) writeFlags(folder.fd, folderFlags)
  }
}

export function outcomeOf(entry: VaultEntry): TaskOutcome {
  const others = entry.links - 1
  const note =
    others > 0
      ? ` ${others} more ${others === 1 ? 'name leads' : 'names lead'} to the same content on this disk (hard links): look for inode ${entry.inode}.`
      : ''
  return done('file.quarantined', `${entry.path} is in quarantine.${note}`, {
    entry: entry.entry,
    path: entry.path,
    sha256: entry.sha256,
    sizeBytes: entry.sizeBytes,
    ownerId: entry.ownerId,
    groupId: entry.groupId,
    mode: entry.mode,
    modifiedAt: Number(BigInt(entry.modifiedNs) / 1_000_000n),
    quarantinedAt: entry.quarantinedAt,
    keptUntil: entry.keptUntil,
    otherNames: others,
  })
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`
