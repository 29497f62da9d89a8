/** The functions of libc that sensors call, bound once through koffi on first use. */
import { getSystemErrorName } from 'node:util'
import koffi from 'koffi'

/** An opaque pointer. */
export type Pointer = unknown

function bind() {
  const library = koffi.load('libc.so.6')
  const epollEvent = koffi.pack('rampart_epoll_event', { events: 'uint32_t', data: 'uint64_t' })
  const epollPointer = koffi.pointer(epollEvent)
  // struct statfs: eight words before f_fsid on 64-bit machines; the rest is not read.
  const statfs = library.func('int statfs(const char *, _Out_ uint8_t *)')
  const openFileSystem = library.func('long syscall(long, const char *, long)')
  const configure = library.func('long syscall(long, long, long, const char *, const char *, long)')
  const mountFileSystem = library.func('long syscall(long, long, long, long)')
  const timespec = koffi.struct('rampart_timespec', { seconds: 'int64_t', nanoseconds: 'int64_t' })
  return {
    mmap: library.func('void *mmap(void *, size_t, int, int, int, int64_t)'),
    munmap: library.func('int munmap(void *, size_t)'),
    epollCreate: library.func('int epoll_create1(int)'),
    epollControl: library.func('epoll_ctl', 'int', ['int', 'int', 'int', epollPointer]),
    epollWait: library.func('int epoll_wait(int, void *, int, int)'),
    eventfd: library.func('int eventfd(unsigned int, int)'),
    eventfdWrite: library.func('int eventfd_write(int, uint64_t)'),
    close: library.func('int close(int)'),
    read: library.func('int64_t read(int, _Out_ uint8_t *, size_t)'),
    clockGettime: library.func('clock_gettime', 'int', ['int', koffi.out(koffi.pointer(timespec))]),
    socket: library.func('int socket(int, int, int)'),
    bind: library.func('int bind(int, const uint8_t *, uint32_t)'),
    connect: library.func('int connect(int, const uint8_t *, uint32_t)'),
    sendTo: library.func('int64_t sendto(int, const uint8_t *, size_t, int, const uint8_t *, uint32_t)'),
    send: library.func('int64_t send(int, const uint8_t *, size_t, int)'),
    setSocketOption: library.func('int setsockopt(int, int, int, const uint8_t *, uint32_t)'),
    fanotifyInit: library.func('int fanotify_init(unsigned int, unsigned int)'),
    fanotifyMark: library.func('int fanotify_mark(int, unsigned int, uint64_t, int, const char *)'),
    openByHandle: library.func('int open_by_handle_at(int, const uint8_t *, int)'),
    /** f_fsid of the file system on which a path lies, as Latin-1; undefined when it cannot be asked for. */
    fileSystemId(place: string): string | undefined {
      const bytes = Buffer.alloc(256)
      return statfs(place, bytes) === 0 ? bytes.toString('latin1', 56, 64) : undefined
    },
    // These have no functions of their own before glibc 2.36; the numbers are the same on x86-64 and arm64.
    fsopen: (kind: string): number => Number(openFileSystem(430, kind, 1)),
    fsconfig: (fd: number, command: number): number => Number(configure(431, fd, command, null, null, 0)),
    fsmount: (fd: number): number => Number(mountFileSystem(432, fd, 1, 0)),
  }
}

export type Libc = ReturnType<typeof bind>

let bound: Libc | { missing: string } | undefined

/** The bound functions, or the loader's message when there is no such libc. Bound once per thread. */
export function libc(): Libc | { missing: string } {
  if (bound) return bound
  try {
    bound = bind()
  } catch (error) {
    bound = { missing: error instanceof Error ? error.message : String(error) }
  }
  return bound
}

export function isMissing(library: object): library is { missing: string } {
  return 'missing' in library
}

/** Error number of the last call made through koffi on this thread. */
export function lastError(): number {
  return koffi.errno()
}

/** Name of that error, e.g. `EPERM`. */
export function lastErrorName(): string {
  try {
    return getSystemErrorName(-Math.abs(koffi.errno()))
  } catch {
    return `error ${koffi.errno()}`
  }
}

/** Memory of a mapping as an ArrayBuffer. It must not be used after the mapping is gone. */
export function viewOf(pointer: Pointer, sizeBytes: number): ArrayBuffer {
  return koffi.view(pointer, sizeBytes)
}

/** True when mmap failed (returned -1). */
export function isFailedMapping(pointer: Pointer): boolean {
  return pointer === null || BigInt.asIntN(64, koffi.address(pointer)) === -1n
}

/** Memory that stays where it is, for calls that run on another thread. Never freed. */
export function fixedMemory(sizeBytes: number): Pointer {
  return koffi.alloc('uint8_t', sizeBytes)
}
