/** System calls that node does not have, through koffi: handles of processes, opening without following links, extended attributes. */
import koffi from 'koffi'

function bind() {
  const libc = koffi.load('libc.so.6')
  return {
    openat2: libc.func('syscall', 'long', ['long', 'int', 'const char *', 'uint8_t *', 'size_t']),
    renameat2: libc.func('syscall', 'long', ['long', 'int', 'const char *', 'int', 'const char *', 'uint32_t']),
    pidfdOpen: libc.func('syscall', 'long', ['long', 'int', 'uint32_t']),
    pidfdSendSignal: libc.func('syscall', 'long', ['long', 'int', 'int', 'void *', 'uint32_t']),
    flock: libc.func('int flock(int, int)'),
    flistxattr: libc.func('int64_t flistxattr(int, uint8_t *, size_t)'),
    fgetxattr: libc.func('int64_t fgetxattr(int, const char *, uint8_t *, size_t)'),
    fsetxattr: libc.func('int fsetxattr(int, const char *, const uint8_t *, size_t, int)'),
    futimens: libc.func('int futimens(int, const uint8_t *)'),
    ioctl: libc.func('int ioctl(int, unsigned long, uint8_t *)'),
  }
}

let bound: ReturnType<typeof bind> | undefined
function libc() {
  bound ??= bind()
  return bound
}

// The same numbers on x86-64 and arm64, but for renameat2.
const numbers = { pidfdSendSignal: 424, pidfdOpen: 434, openat2: 437, renameat2: process.arch === 'arm64' ? 276 : 316 }

/** A failed system call as node would throw it. */
function systemError(call: string, path = ''): NodeJS.ErrnoException {
  const errno = koffi.errno()
  const code = Object.entries(koffi.os.errno).find(([, number]) => number === errno)?.[0] ?? `E${errno}`
  const error: NodeJS.ErrnoException = new Error(`${code}: ${call}${path && ` '${path}'`}`)
  error.code = code
  error.syscall = call
  return error
}

/** A handle of a process that stays with this one process, whoever gets its pid later. Throws ESRCH when it is gone. */
export function openProcess(pid: number): number {
  const fd = Number(libc().pidfdOpen(numbers.pidfdOpen, pid, 0))
  if (fd < 0) throw systemError('pidfd_open', String(pid))
  return fd
}

/** Signals the process of the handle; false when it has ended. */
export function signalProcess(fd: number, signal: number): boolean {
  if (Number(libc().pidfdSendSignal(numbers.pidfdSendSignal, fd, signal, null, 0)) === 0) return true
  const error = systemError('pidfd_send_signal')
  if (error.code === 'ESRCH') return false
  throw error
}

const resolveNoMagicLinks = 0x02
const resolveNoSymlinks = 0x04
const resolveBeneath = 0x08
const closeOnExec = 0o2000000

/** Opens a path of which no component is a symbolic link; one that is gives ELOOP. `from`: below this handle only. */
export function openWithoutLinks(path: string, flags: number, from?: number): number {
  const how = Buffer.alloc(24)
  how.writeBigUInt64LE(BigInt(flags | closeOnExec), 0)
  how.writeBigUInt64LE(BigInt(resolveNoSymlinks | resolveNoMagicLinks | (from === undefined ? 0 : resolveBeneath)), 16)
  const fd = Number(libc().openat2(numbers.openat2, from ?? -100, path, how, how.length))
  if (fd < 0) throw systemError('openat2', path)
  return fd
}

const noReplace = 1

/** Renames within or between open folders; with `replace` false EEXIST when something has the new name. */
export function renameAt(fromFolder: number, from: string, toFolder: number, to: string, replace: boolean): void {
  const flags = replace ? 0 : noReplace
  if (Number(libc().renameat2(numbers.renameat2, fromFolder, from, toFolder, to, flags)) !== 0)
    throw systemError('renameat2', to)
}

const exclusive = 2
const nonBlocking = 4

/** Takes the advisory lock of an open file; false when another process has it. It ends with the process. */
export function lockFile(fd: number): boolean {
  return libc().flock(fd, exclusive | nonBlocking) === 0
}

/** Extended attributes of an open file, access lists and capabilities included. Empty where the filesystem has none. */
export function readAttributes(fd: number): [name: string, value: Buffer][] {
  const list = Buffer.alloc(65_536)
  const length = Number(libc().flistxattr(fd, list, list.length))
  if (length <= 0) return []
  const found: [string, Buffer][] = []
  for (const name of list.toString('latin1', 0, length).split('\0').filter(Boolean)) {
    const value = Buffer.alloc(65_536)
    const size = Number(libc().fgetxattr(fd, name, value, value.length))
    if (size >= 0) found.push([name, value.subarray(0, size)])
  }
  return found
}

export function writeAttribute(fd: number, name: string, value: Buffer): void {
  if (libc().fsetxattr(fd, name, value, value.length, 0) !== 0) throw systemError('fsetxattr', name)
}

/** Sets times of access and modification, ns since 1970. */
export function writeTimes(fd: number, accessNs: bigint, modifiedNs: bigint): void {
  const times = Buffer.alloc(32)
  const second = 1_000_000_000n
  const put = (ns: bigint, at: number) => {
    const seconds = ns / second - (ns % second < 0n ? 1n : 0n)
    times.writeBigInt64LE(seconds, at)
    times.writeBigInt64LE(ns - seconds * second, at + 8)
  }
  put(accessNs, 0)
  put(modifiedNs, 16)
  if (libc().futimens(fd, times) !== 0) throw systemError('futimens')
}

const getFlags = 0x80086601
const setFlags = 0x40086602
/** Flags of chattr that keep a file from being changed or removed: immutable, append-only. */
export const lockingFlags = 0x10 | 0x20

/** Flags as of chattr; 0 where the filesystem has none. */
export function readFlags(fd: number): number {
  const flags = Buffer.alloc(8)
  return libc().ioctl(fd, getFlags, flags) === 0 ? flags.readUInt32LE(0) : 0
}

export function writeFlags(fd: number, value: number): void {
  const flags = Buffer.alloc(8)
  flags.writeUInt32LE(value, 0)
  if (libc().ioctl(fd, setFlags, flags) !== 0) throw systemError('ioctl FS_IOC_SETFLAGS')
}
