/** The functions of libbpf.so.1 and libc that the kernel sensors call, bound once through koffi on first use. */
import koffi from 'koffi'

/** An opaque pointer. */
export type Pointer = unknown

function bind() {
  const libc = koffi.load('libc.so.6')
  const libbpf = koffi.load('libbpf.so.1')
  const epollEvent = koffi.pack('rampart_epoll_event', { events: 'uint32_t', data: 'uint64_t' })
  const epollPointer = koffi.pointer(epollEvent)
  const timespec = koffi.struct('rampart_timespec', { seconds: 'int64_t', nanoseconds: 'int64_t' })
  // Messages of libbpf go to standard error by default; what matters of them is in the error codes.
  const setPrint = libbpf.func('void *libbpf_set_print(void *)')
  if (process.env.RAMPART_BPF_LOG !== '1') setPrint(null)
  return {
    mmap: libc.func('void *mmap(void *, size_t, int, int, int, int64_t)'),
    munmap: libc.func('int munmap(void *, size_t)'),
    epollCreate: libc.func('int epoll_create1(int)'),
    epollControl: libc.func('epoll_ctl', 'int', ['int', 'int', 'int', epollPointer]),
    epollWait: libc.func('int epoll_wait(int, void *, int, int)'),
    eventfd: libc.func('int eventfd(unsigned int, int)'),
    eventfdWrite: libc.func('int eventfd_write(int, uint64_t)'),
    close: libc.func('int close(int)'),
    clockGettime: libc.func('clock_gettime', 'int', ['int', koffi.out(koffi.pointer(timespec))]),
    openFile: libbpf.func('void *bpf_object__open_file(const char *, void *)'),
    load: libbpf.func('int bpf_object__load(void *)'),
    closeObject: libbpf.func('void bpf_object__close(void *)'),
    nextProgram: libbpf.func('void *bpf_object__next_program(void *, void *)'),
    programName: libbpf.func('const char *bpf_program__name(void *)'),
    programFd: libbpf.func('int bpf_program__fd(void *)'),
    setAutoload: libbpf.func('int bpf_program__set_autoload(void *, bool)'),
    attach: libbpf.func('void *bpf_program__attach(void *)'),
    destroyLink: libbpf.func('int bpf_link__destroy(void *)'),
    findMap: libbpf.func('void *bpf_object__find_map_by_name(void *, const char *)'),
    mapFd: libbpf.func('int bpf_map__fd(void *)'),
    reuseFd: libbpf.func('int bpf_map__reuse_fd(void *, int)'),
    setMaxEntries: libbpf.func('int bpf_map__set_max_entries(void *, uint32_t)'),
    updateElement: libbpf.func('int bpf_map_update_elem(int, const uint8_t *, const uint8_t *, uint64_t)'),
    deleteElement: libbpf.func('int bpf_map_delete_elem(int, const uint8_t *)'),
  }
}

export type Libbpf = ReturnType<typeof bind>

let bound: Libbpf | { missing: string } | undefined

/** The bound functions, or the loader's message when a library is missing. Bound once per thread. */
export function libbpf(): Libbpf | { missing: string } {
  if (bound) return bound
  try {
    bound = bind()
  } catch (error) {
    bound = { missing: error instanceof Error ? error.message : String(error) }
  }
  return bound
}

/** Error number of the last call made through koffi on this thread. */
export function lastError(): number {
  return koffi.errno()
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
