/** The functions of libbpf.so.1 that the kernel sensors call, with those of libc, bound once through koffi on first use. */
import koffi from 'koffi'
import { isMissing, libc } from './libc.ts'

function bind() {
  const system = libc()
  if (isMissing(system)) throw new Error(system.missing)
  const libbpf = koffi.load('libbpf.so.1')
  // Messages of libbpf go to standard error by default; what matters of them is in the error codes.
  const setPrint = libbpf.func('void *libbpf_set_print(void *)')
  if (process.env.RAMPART_BPF_LOG !== '1') setPrint(null)
  return {
    ...system,
    openFile: libbpf.func('void *bpf_object__open_file(const char *, void *)'),
    load: libbpf.func('int bpf_object__load(void *)'),
    closeObject: libbpf.func('void bpf_object__close(void *)'),
    nextProgram: libbpf.func('void *bpf_object__next_program(void *, void *)'),
    programName: libbpf.func('const char *bpf_program__name(void *)'),
    programFd: libbpf.func('int bpf_program__fd(void *)'),
    setAutoload: libbpf.func('int bpf_program__set_autoload(void *, bool)'),
    attach: libbpf.func('void *bpf_program__attach(void *)'),
    attachRawTracepoint: libbpf.func('void *bpf_program__attach_raw_tracepoint(void *, const char *)'),
    linkFd: libbpf.func('int bpf_link__fd(void *)'),
    objectInfo: libbpf.func('int bpf_obj_get_info_by_fd(int, _Inout_ uint8_t *, _Inout_ uint32_t *)'),
    lookupElement: libbpf.func('int bpf_map_lookup_elem(int, const uint8_t *, _Out_ uint8_t *)'),
    nextKey: libbpf.func('int bpf_map_get_next_key(int, const uint8_t *, _Out_ uint8_t *)'),
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

export { fixedMemory, isFailedMapping, lastError, type Pointer, viewOf } from './libc.ts'
