/** Paths → the byte streams behind them: directories are walked, gzip and zip opened, each within bounds. */

import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { open, opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { constants, createGunzip } from 'node:zlib'
import type { Entry, ZipFile } from 'yauzl'

/**
 * One input: its name (`archive.zip/inner.log` inside an archive), age and content. `bytes` may be read once; what they give
 * is good until the next is asked for.
 */
export interface Input {
  name: string
  modifiedAt: number
  bytes: AsyncIterable<Uint8Array>
}

/** A path or archive that could not be opened or read. */
export interface InputProblem {
  name: string
  reason: string
}

/** Bounds on what an archive may unfold to. */
export interface UnpackLimits {
  /** Bytes that one file may give in all, with every archive inside. */
  unpackedBytes: number
  /** How many times larger than its input a stream may be, once it gave `ratioFromBytes`. */
  ratio: number
  ratioFromBytes: number
  /** Archives in archives. */
  depth: number
  /** Members of one archive. */
  members: number
  /** Directories in directories. */
  directoryDepth: number
}

export const unpackLimits: UnpackLimits = {
  unpackedBytes: 16 * 1024 ** 3,
  ratio: 400,
  ratioFromBytes: 1024 ** 3,
  depth: 3,
  members: 20_000,
  directoryDepth: 32,
}

/** Largest zip inside another archive, which has to be held whole because zip is read from its end. */
const innerZipBytes = 64 * 1024 ** 2
const readBytes = 262_144
/** A file may have more in it than its size says. */
const leastBytes = 65_536

const reasonOf = (error: unknown) => {
  const code = (error as { code?: unknown }).code
  if (code === 'ENOENT') return 'replay.no-such-file'
  if (code === 'EACCES' || code === 'EPERM') return 'replay.not-readable'
  if (error instanceof LimitReached) return 'replay.unpack-limit'
  return `replay.read-failed ${String((error as Error).message ?? error).slice(0, 200)}`
}

class LimitReached extends Error {}

/** Bytes that the archives of one file have given so far. */
interface Spent {
  bytes: number
}

/**
 * Yields the inputs behind the paths, directories in order of their names. What cannot be opened is yielded as a
 * problem. A fault in the middle of a compressed stream is thrown by its `bytes`; `explainFault` names it.
 */
export async function* unpack(paths: readonly string[], limits = unpackLimits): AsyncGenerator<Input | InputProblem> {
  for (const path of paths) yield* unpackPath(path, limits, 0)
}

export const explainFault = reasonOf

async function* unpackPath(path: string, limits: UnpackLimits, depth: number): AsyncGenerator<Input | InputProblem> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) {
      if (depth >= limits.directoryDepth) return yield { name: path, reason: 'replay.directory-too-deep' }
      const names: string[] = []
      for await (const entry of await opendir(path)) if (!entry.isSymbolicLink()) names.push(entry.name)
      for (const name of names.sort()) yield* unpackPath(join(path, name), limits, depth + 1)
      return
    }
    // A pipe or device is read where it was named, but not where it only lies in a directory: it may never end.
    if (!found.isFile() && (depth > 0 || (!found.isFIFO() && !found.isCharacterDevice())))
      return yield { name: path, reason: 'replay.not-a-file' }
    const zip = found.isFile() ? await openZip(path) : undefined
    const spent: Spent = { bytes: 0 }
    if (zip) yield* unpackZip(zip, path, limits, spent, 1)
    else {
      const bytes = found.isFile() ? readFile(path, found.size) : createReadStream(path, { highWaterMark: readBytes })
      yield* unpackStream({ name: path, modifiedAt: found.mtimeMs, bytes }, limits, spent, 0)
    }
  } catch (error) {
    yield { name: path, reason: reasonOf(error) }
  }
}

/** Reads into the same memory again and again, which costs less than ever new one. `size` is about what there is to read. */
async function* readFile(path: string, size: number): AsyncGenerator<Uint8Array> {
  const file = await open(path)
  try {
    const memory = Buffer.allocUnsafeSlow(Math.min(readBytes, Math.max(leastBytes, size + 1)))
    for (;;) {
      const { bytesRead } = await file.read(memory, 0, memory.length, null)
      if (bytesRead === 0) return
      yield memory.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

/** The same, but what it gives stays. */
async function* copies(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) yield Buffer.from(piece)
}

/** The first bytes, given back in front of the rest. `close` ends the reading, also of what nobody began to read. */
interface Peeked {
  head: Uint8Array
  all: AsyncIterable<Uint8Array>
  close(): Promise<void>
}

async function peek(bytes: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const iterator = bytes[Symbol.asyncIterator]()
  const close = async () => {
    await iterator.return?.()
  }
  let head: Uint8Array = Buffer.alloc(0)
  while (head.length < 8) {
    const next = await iterator.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  async function* all() {
    try {
      if (head.length > 0) yield head
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
    } finally {
      await close()
    }
  }
  return { head, all: all(), close }
}

async function* unpackStream(
  input: Input,
  limits: UnpackLimits,
  spent: Spent,
  depth: number,
): AsyncGenerator<Input | InputProblem> {
  const peeked = await peek(input.bytes)
  try {
    yield* unpackPeeked(peeked, input, limits, spent, depth)
  } finally {
    await peeked.close()
  }
}

async function* unpackPeeked(
  { head, all }: Peeked,
  input: Input,
  limits: UnpackLimits,
  spent: Spent,
  depth: number,
): AsyncGenerator<Input | InputProblem> {
  const gzip = head[0] === 0x1f && head[1] === 0x8b
  const zip = head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4
  if (!gzip && !zip) {
    const wide = utf16Of(head)
    return yield { ...input, bytes: wide ? toUtf8(all, wide) : all }
  }
  if (depth >= limits.depth) return yield { name: input.name, reason: 'replay.archive-too-deep' }
  if (gzip) {
    yield* unpackStream({ ...input, bytes: gunzip(copies(all), limits, spent) }, limits, spent, depth + 1)
    return
  }
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of copies(all)) {
    size += piece.length
    if (size > innerZipBytes) return yield { name: input.name, reason: 'replay.unpack-limit' }
    pieces.push(piece)
  }
  const { fromBuffer } = await loadYauzl()
  const zipFile = await new Promise<ZipFile>((resolve, reject) =>
    fromBuffer(Buffer.concat(pieces), zipOptions, (error, file) => (error ? reject(error) : resolve(file))),
  )
  yield* unpackZip(zipFile, input.name, limits, spent, depth + 1)
}

/** The encoding that a byte order mark names, as PowerShell and Notepad write it. */
function utf16Of(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : undefined
}

/** The same text without its mark; half a character at the end becomes U+FFFD. */
async function* toUtf8(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding)
  for await (const piece of bytes) {
    const text = decoder.decode(piece, { stream: true })
    if (text !== '') yield Buffer.from(text)
  }
  const rest = decoder.decode()
  if (rest !== '') yield Buffer.from(rest)
}

/**
 * Decompresses (several members in a row too) and stops at the limits. What a stream that is cut off or damaged gave
 * before the fault is given before the fault is thrown.
 */
async function* gunzip(
  bytes: AsyncIterable<Uint8Array>,
  limits: UnpackLimits,
  spent: Spent,
): AsyncGenerator<Uint8Array> {
  let packed = 0
  let unpacked = 0
  let fault: unknown
  const inflate = createGunzip({ chunkSize: readBytes })
  const out = new PassThrough({ highWaterMark: readBytes })
  const left = new AbortController()
  const { signal } = left
  const fail = (error: unknown) => {
    fault ??= error
    out.end()
  }
  inflate.on('error', fail)
  inflate.pipe(out)
  async function feed(): Promise<void> {
    for await (const piece of bytes) {
      packed += piece.length
      if (!inflate.write(piece)) await once(inflate, 'drain', { signal })
    }
    // an end that comes too early takes along what was not read yet
    const flushed = once(inflate, 'flushed', { signal })
    inflate.flush(constants.Z_SYNC_FLUSH, () => inflate.emit('flushed'))
    await flushed
    while (inflate.readableLength > 0)
      await (out.writableNeedDrain ? once(out, 'drain', { signal }) : setImmediate(undefined, { signal }))
    inflate.end()
  }
  const fed = feed().catch(fail)
  try {
    for await (const piece of out) {
      unpacked += piece.length
      spent.bytes += piece.length
      const tooDense = unpacked > limits.ratioFromBytes && unpacked > packed * limits.ratio
      if (spent.bytes > limits.unpackedBytes || tooDense) throw new LimitReached()
      yield piece
    }
    if (fault) throw fault
  } finally {
    left.abort()
    inflate.destroy()
    out.destroy()
    await fed
  }
}

/** Opens a path as a zip when it is one. */
async function openZip(path: string): Promise<ZipFile | undefined> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
    if (bytesRead < 4 || buffer.toString('latin1') !== 'PK\x03\x04') return undefined
  } finally {
    await file.close()
  }
  const yauzl = await loadYauzl()
  return new Promise((resolve, reject) => {
    yauzl.open(path, { ...zipOptions, autoClose: true }, (error, file) => (error ? reject(error) : resolve(file)))
  })
}

/** Most input is no zip. */
const loadYauzl = () => import('yauzl')

/** Names are read below: one that yauzl would refuse is only a label here, and must not end the archive. */
const zipOptions = { lazyEntries: true, decodeStrings: false } as const

/** A member that cannot be read costs itself; only a broken directory of the archive ends it. */
async function* unpackZip(
  zip: ZipFile,
  name: string,
  limits: UnpackLimits,
  spent: Spent,
  depth: number,
): AsyncGenerator<Input | InputProblem> {
  const { getFileNameLowLevel } = await loadYauzl()
  const names = new Map<string, number>()
  let members = 0
  try {
    for (;;) {
      const entry = await nextEntry(zip)
      if (!entry) return
      const member = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileName, entry.extraFields, false)
      if (++members > limits.members) return yield { name, reason: 'replay.unpack-limit' }
      if (member.endsWith('/')) continue
      // ids of events are made of the name: a second member of a name must not pass for the first one
      const before = names.get(member) ?? 0
      names.set(member, before + 1)
      const inner = `${name}/${member}${before > 0 ? ` (${before + 1})` : ''}`
      try {
        yield* unpackMember(zip, entry, inner, limits, spent, depth)
      } catch (error) {
        yield { name: inner, reason: reasonOf(error) }
      }
      if (spent.bytes > limits.unpackedBytes) return yield { name, reason: 'replay.unpack-limit' }
    }
  } finally {
    zip.close()
  }
}

async function* unpackMember(
  zip: ZipFile,
  entry: Entry,
  name: string,
  limits: UnpackLimits,
  spent: Spent,
  depth: number,
): AsyncGenerator<Input | InputProblem> {
  if (entry.generalPurposeBitFlag & 1) return yield { name, reason: 'replay.encrypted' }
  const room = limits.unpackedBytes - spent.bytes
  const most = Math.min(room, Math.max(limits.ratioFromBytes, entry.compressedSize * limits.ratio))
  if (entry.uncompressedSize > most) return yield { name, reason: 'replay.unpack-limit' }
  // yauzl checks that the stream gives exactly the declared size, so the declared size is a bound.
  spent.bytes += entry.uncompressedSize
  const bytes = await new Promise<Readable>((resolve, reject) =>
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream))),
  )
  try {
    yield* unpackStream({ name, modifiedAt: entry.getLastModDate().getTime(), bytes }, limits, spent, depth)
  } finally {
    bytes.destroy()
  }
}

function nextEntry(zip: ZipFile): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      zip.removeAllListeners('entry')
      zip.removeAllListeners('end')
      zip.removeAllListeners('error')
      finish()
    }
    zip.on('entry', (entry: Entry) => settle(() => resolve(entry)))
    zip.on('end', () => settle(() => resolve(undefined)))
    zip.on('error', (error: Error) => settle(() => reject(error)))
    zip.readEntry()
  })
}
