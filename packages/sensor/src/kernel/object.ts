/**
 * One compiled object in, its loaded programs and maps out. Every program is tried: when the kernel refuses some,
 * the others are loaded without them and the refusals are named.
 */
import { readFileSync } from 'node:fs'
import { getSystemErrorName } from 'node:util'
import { type Libbpf, lastError, type Pointer } from './libbpf.ts'

/** Maps that all objects have in common, by name. The first object that has one makes it. */
export type SharedMaps = Map<string, number>

export interface KernelObject {
  /** File descriptors of the loaded programs by name. */
  programs: ReadonlyMap<string, number>
  /** Why programs could not be loaded or attached, by name: the system's error name, e.g. `EPERM`. */
  refused: ReadonlyMap<string, string>
  /** File descriptor of a map; -1 when the object has none of that name. */
  map(name: string): number
  /** Attaches a program to the hook its section names, or to this raw tracepoint. The answer is the error name when the kernel refuses. */
  attach(program: string, tracepoint?: string): string | undefined
  /** What somebody detached or unloaded since, one sentence each; empty while everything is as it was attached. */
  faults(): string[]
  /** Times the kernel left out a run of these programs (`recursion_misses`, Linux 5.12 and later). */
  missed(): number
  /** Detaches and unloads everything. Shared maps stay while another object holds them. */
  close(): void
}

export type LoadedObject = { ok: true; object: KernelObject } | { ok: false; error: string }

const ringNames: readonly string[] = ['ring', 'changes']
const sharedNames = [...ringNames, 'counters', 'own_processes', 'shares', 'watches', 'root_device']

/** Loads `path`. Fails only when not a single program of it can be loaded. */
export function loadObject(bpf: Libbpf, path: string, shared: SharedMaps, ringBytes: number): LoadedObject {
  const all = loadSome(bpf, path, shared, ringBytes, undefined)
  if (all.ok) return { ok: true, object: finish(bpf, all.handle, shared, new Map()) }
  const names = programNames(bpf, path)
  if (names.length <= 1) return { ok: false, error: all.error }
  const refused = new Map<string, string>()
  for (const name of names) {
    const alone = loadSome(bpf, path, shared, ringBytes, new Set([name]))
    if (alone.ok) bpf.closeObject(alone.handle)
    else refused.set(name, alone.error)
  }
  const wanted = new Set(names.filter((name) => !refused.has(name)))
  if (wanted.size === 0) return { ok: false, error: all.error }
  const some = loadSome(bpf, path, shared, ringBytes, wanted)
  return some.ok ? { ok: true, object: finish(bpf, some.handle, shared, refused) } : { ok: false, error: some.error }
}

type Handle = { ok: true; handle: Pointer } | { ok: false; error: string }

function loadSome(
  bpf: Libbpf,
  path: string,
  shared: SharedMaps,
  ringBytes: number,
  only: Set<string> | undefined,
): Handle {
  const handle = bpf.openFile(path, null)
  if (!handle) return { ok: false, error: errorName(lastError()) }
  for (const program of programsOf(bpf, handle))
    if (only && !only.has(bpf.programName(program))) bpf.setAutoload(program, false)
  for (const name of sharedNames) {
    const map = bpf.findMap(handle, name)
    if (!map) continue
    const fd = shared.get(name)
    if (fd !== undefined) bpf.reuseFd(map, fd)
    else if (ringNames.includes(name)) bpf.setMaxEntries(map, ringBytes)
  }
  const result: number = bpf.load(handle)
  if (result === 0) return { ok: true, handle }
  bpf.closeObject(handle)
  return { ok: false, error: errorName(-result) }
}

function finish(bpf: Libbpf, handle: Pointer, shared: SharedMaps, refused: Map<string, string>): KernelObject {
  const pointers = new Map<string, Pointer>()
  const programs = new Map<string, number>()
  for (const program of programsOf(bpf, handle)) {
    const fd: number = bpf.programFd(program)
    if (fd < 0) continue
    pointers.set(bpf.programName(program), program)
    programs.set(bpf.programName(program), fd)
  }
  const mapFd = (name: string): number => {
    const map = bpf.findMap(handle, name)
    return map ? bpf.mapFd(map) : -1
  }
  for (const name of sharedNames) {
    const fd = mapFd(name)
    if (fd >= 0 && !shared.has(name)) shared.set(name, fd)
  }
  const links: { pointer: Pointer; name: string; identity: string | undefined }[] = []
  return {
    programs,
    refused,
    map: mapFd,
    attach(name, tracepoint) {
      const pointer = pointers.get(name)
      if (!pointer) return refused.get(name) ?? 'ENOENT'
      const link = tracepoint === undefined ? bpf.attach(pointer) : bpf.attachRawTracepoint(pointer, tracepoint)
      if (!link) {
        const error = errorName(lastError())
        refused.set(name, error)
        return error
      }
      links.push({ pointer: link, name, identity: linkIdentity(bpf, bpf.linkFd(link)) })
      return undefined
    },
    faults() {
      const detached = links.filter(({ pointer, identity }) => linkIdentity(bpf, bpf.linkFd(pointer)) !== identity)
      const unloaded = [...programs].filter(([, fd]) => objectId(bpf, fd) === undefined)
      return [
        ...detached.map(({ name }) => `the program ${name} was detached`),
        ...unloaded.map(([name]) => `the program ${name} was unloaded`),
      ]
    },
    missed: () => [...programs.values()].reduce((sum, fd) => sum + missesOf(fd), 0),
    close() {
      for (const { pointer } of links.splice(0)) bpf.destroyLink(pointer)
      bpf.closeObject(handle)
    },
  }
}

function programNames(bpf: Libbpf, path: string): string[] {
  const handle = bpf.openFile(path, null)
  if (!handle) return []
  const names = programsOf(bpf, handle).map((program) => bpf.programName(program) as string)
  bpf.closeObject(handle)
  return names
}

function programsOf(bpf: Libbpf, handle: Pointer): Pointer[] {
  const found: Pointer[] = []
  for (let program = bpf.nextProgram(handle, null); program; program = bpf.nextProgram(handle, program))
    found.push(program)
  return found
}

/** Kind, id and program of a link (`struct bpf_link_info`); undefined when the descriptor is none any more. */
function linkIdentity(bpf: Libbpf, fd: number): string | undefined {
  const info = infoOf(bpf, fd)
  return info && Buffer.from(info).toString('hex', 0, 12)
}

/** Id of a loaded program (`struct bpf_prog_info`); undefined when the descriptor is none any more. */
export function objectId(bpf: Libbpf, fd: number): number | undefined {
  const info = infoOf(bpf, fd)
  return info && Buffer.from(info).readUInt32LE(4)
}

function infoOf(bpf: Libbpf, fd: number): Uint8Array | undefined {
  const info = new Uint8Array(256)
  return bpf.objectInfo(fd, info, [info.length]) === 0 ? info : undefined
}

function missesOf(fd: number): number {
  try {
    const found = /^recursion_misses:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))
    return Number(found?.[1] ?? 0)
  } catch {
    return 0
  }
}

function errorName(errno: number): string {
  try {
    return getSystemErrorName(-Math.abs(errno))
  } catch {
    return `error ${errno}`
  }
}
