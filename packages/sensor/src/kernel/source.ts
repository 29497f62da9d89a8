/**
 * The kernel's records in, handlers called. Loads objects, installs system call handlers, reads the ring without
 * blocking the thread, and says what does not work here and why.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { whyUnavailable } from './availability.ts'
import { type BootClock, bootClock } from './clock.ts'
import { type Counters, mapCounters } from './counters.ts'
import { type Libbpf, libbpf } from './libbpf.ts'
import { type KernelObject, loadObject, objectId, type SharedMaps } from './object.ts'
import { mapRing, type Ring } from './ring.ts'
import { foreignNumbers, type Syscall, syscallNumber } from './syscalls.ts'
import { roundLimit, type Waiter, waitForRecords } from './wait.ts'
import { readU64 } from './wire.ts'

/** Reads one record that lies at `at` in `bytes`; the bytes are valid during the call only. */
export type RecordHandler = (bytes: Buffer, at: number, length: number) => void

/** Refusals by program name, or one for the whole object. */
export interface ObjectReport {
  object: KernelObject | undefined
  /** Error name for the whole object, when none of it could be loaded. */
  error?: string
}

export interface KernelSource {
  readonly clock: BootClock
  readonly counters: Counters
  /** Loads `<name>.bpf.o` and attaches or installs nothing yet. */
  load(name: string): ObjectReport
  /** Calls the program at the end of these system calls. False when none of them exists here. */
  onSyscall(object: KernelObject, program: string, calls: readonly Syscall[]): boolean
  handle(recordType: number, handler: RecordHandler): void
  update(mapFd: number, key: Uint8Array, value: Uint8Array): boolean
  remove(mapFd: number, key: Uint8Array): void
  /**
   * Excludes a process from file, network and privilege events, or includes it again. `startTicks`: its start in
   * hundredths of a second since boot; undefined includes it.
   */
  ignore(pid: number, startTicks: number | undefined): void
  /** What somebody took out of the kernel since, one sentence each; empty while nothing was. */
  faults(): string[]
  /** Starts reading. `afterBatch` runs after each round of records. */
  start(afterBatch: () => void): void
  /** Reads what is there, at once. Returns the number of records. */
  drain(): number
  /** Records whose handler failed, and whose type nobody handles. */
  undecoded(): number
  /** Times the kernel did not run a program because it was running on the same CPU already. */
  missed(): number
  stop(): Promise<void>
}

export type OpenedSource = { ok: true; source: KernelSource } | { ok: false; reason: string }

/** When so much of the ring of processes is unread, files wait. */
const pressedPart = 0.25
/**
 * Opens libbpf, loads the system call dispatcher and maps ring and counters.
 * Never throws: the reason says what is missing and what to do.
 */
export function openKernelSource(objectDirectory: string, ringBytes: number): OpenedSource {
  const unavailable = whyUnavailable()
  if (unavailable) return { ok: false, reason: unavailable }
  const bpf = libbpf()
  if ('missing' in bpf)
    return {
      ok: false,
      reason: `libbpf.so.1 cannot be loaded (${bpf.missing.slice(0, 200)}). Install it (Debian, Ubuntu: apt-get install libbpf1).`,
    }
  const dispatcherPath = path.join(objectDirectory, 'syscalls.bpf.o')
  if (!existsSync(dispatcherPath))
    return {
      ok: false,
      reason: `The kernel programs are not built (${dispatcherPath} is missing). Run \`make bpf\`, which needs clang and libbpf-dev.`,
    }
  const shared: SharedMaps = new Map()
  const dispatcher = loadObject(bpf, dispatcherPath, shared, ringBytes)
  if (!dispatcher.ok) return { ok: false, reason: whyRefused(dispatcher.error) }
  const ring = mapRing(bpf, shared.get('ring') ?? -1, ringBytes)
  const changes = mapRing(bpf, shared.get('changes') ?? -1, ringBytes)
  const counters = mapCounters(bpf, shared.get('counters') ?? -1)
  if (!ring || !changes || !counters) {
    dispatcher.object.close()
    return { ok: false, reason: 'The kernel refuses to map the ring buffer. Linux 5.8 or later is needed.' }
  }
  return {
    ok: true,
    source: makeSource({
      bpf,
      ring,
      changes,
      counters,
      shared,
      objectDirectory,
      ringBytes,
      dispatcher: dispatcher.object,
    }),
  }
}

interface Parts {
  bpf: Libbpf
  ring: Ring
  changes: Ring
  counters: Counters
  shared: SharedMaps
  objectDirectory: string
  ringBytes: number
  dispatcher: KernelObject
}

function makeSource(parts: Parts): KernelSource {
  const { bpf, ring, changes, counters, shared, objectDirectory, ringBytes, dispatcher } = parts
  const handlers: (RecordHandler | undefined)[] = []
  const objects: KernelObject[] = []
  const typeOffset = 24
  let undecoded = 0
  const take = (from: Ring) => {
    const { bytes, at, length } = from
    try {
      const handler = handlers[bytes.readUInt16LE(at + typeOffset)]
      if (handler) handler(bytes, at, length)
      else undecoded++
    } catch {
      undecoded++ // one bad record never stops the stream; health shows the count
    }
    from.advance()
  }
  /**
   * Both rings by time, so that what a process did is seen before its next exec; but when processes are about to be
   * lost, they come first.
   */
  const drain = (limit: number): number => {
    let count = 0
    let pressed = false
    try {
      for (; count < limit; count++) {
        if (count % 256 === 0) pressed = ring.filled() > pressedPart
        const record = ring.peek()
        const change = (!record || !pressed) && changes.peek()
        if (!record && !change) break
        const recordFirst = record && (!change || readU64(ring.bytes, ring.at) <= readU64(changes.bytes, changes.at))
        take(recordFirst ? ring : changes)
      }
    } finally {
      ring.publish()
      changes.publish()
    }
    return count
  }
  const update = (fd: number, key: Uint8Array, value: Uint8Array) => bpf.updateElement(fd, key, value, 0n) === 0
  let dispatching = false
  const installed: { table: number; number: number; program: string; id: number | undefined }[] = []
  const install = (table: number, number: number, program: string, fd: number): boolean => {
    const done = update(table, u32(number), u32(fd))
    if (done) installed.push({ table, number, program, id: objectId(bpf, fd) })
    return done
  }
  /** Exempted processes that nobody here exempted: what they do would not be seen. */
  const exempted = new Set<number>()
  const foreignExemptions = (): number[] => {
    const fd = shared.get('own_processes') ?? -1
    const found: number[] = []
    let key: Uint8Array | null = null
    for (let more = true; more && found.length < 16; ) {
      const next = new Uint8Array(4)
      more = bpf.nextKey(fd, key, next) === 0
      key = next
      const pid = new DataView(next.buffer).getUint32(0, true)
      if (more && !exempted.has(pid)) found.push(pid)
    }
    return found
  }
  let wait: Waiter | undefined
  return {
    clock: bootClock(bpf),
    counters,
    load(name) {
      const file = path.join(objectDirectory, `${name}.bpf.o`)
      if (!existsSync(file)) return { object: undefined, error: 'ENOENT' }
      const loaded = loadObject(bpf, file, shared, ringBytes)
      if (!loaded.ok) return { object: undefined, error: loaded.error }
      objects.push(loaded.object)
      return { object: loaded.object }
    },
    onSyscall(object, program, calls) {
      const fd = object.programs.get(program)
      if (fd === undefined) return false
      if (!dispatching) {
        if (dispatcher.attach('syscall_exit')) return false
        dispatching = true
      }
      const table = dispatcher.map('on_exit')
      let some = false
      const foreign = dispatcher.map('on_foreign_exit')
      for (const call of calls) {
        const number = syscallNumber(call)
        if (number !== undefined && install(table, number, program, fd)) some = true
        for (const other of foreignNumbers(call)) install(foreign, other, program, fd)
      }
      return some
    },
    handle(type, handler) {
      handlers[type] = handler
    },
    update,
    remove: (fd, key) => void bpf.deleteElement(fd, key),
    ignore(pid, startTicks) {
      const fd = shared.get('own_processes') ?? -1
      if (startTicks === undefined) exempted.delete(pid)
      else exempted.add(pid)
      if (startTicks !== undefined) update(fd, u32(pid), u32(startTicks))
      else bpf.deleteElement(fd, u32(pid))
    },
    start(afterBatch) {
      const rings = [shared.get('ring') ?? -1, shared.get('changes') ?? -1]
      wait ??= waitForRecords(bpf, rings, () => {
        const count = drain(roundLimit)
        if (count > 0) afterBatch()
        return count
      })
    },
    drain: () => drain(Number.POSITIVE_INFINITY),
    undecoded: () => undecoded,
    faults() {
      const now = new Uint8Array(4)
      const removed = installed.filter(
        ({ table, number, id }) =>
          bpf.lookupElement(table, u32(number), now) !== 0 || new DataView(now.buffer).getUint32(0, true) !== id,
      )
      return [
        ...[dispatcher, ...objects].flatMap((object) => object.faults()),
        ...[...new Set(removed.map(({ program }) => program))].map((name) => `the calls of ${name} were taken away`),
        ...foreignExemptions().map((pid) => `process ${pid} was exempted from being watched`),
      ]
    },
    missed: () => [dispatcher, ...objects].reduce((sum, object) => sum + object.missed(), 0),
    async stop() {
      await wait?.stop()
      wait = undefined
      for (const object of objects.splice(0)) object.close()
      dispatcher.close()
    },
  }
}

/** What a refused first program means in words. */
export function whyRefused(error: string): string {
  if (error === 'EPERM' || error === 'EACCES')
    return (
      'The kernel refuses eBPF programs (EPERM). Run the agent as root with CAP_BPF and CAP_PERFMON; ' +
      'in a container run it privileged, and see that kernel lockdown is not in confidentiality mode.'
    )
  return `The kernel refuses the programs (${error}). Linux 5.8 or later with BTF (CONFIG_DEBUG_INFO_BTF) is needed.`
}

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}
