/**
 * State directory of a server, running or not → one file: a tar archive, compressed with zstd and its checksum.
 * The order makes it consistent: the checkpoint first, then a snapshot of the database, then the events. So the events
 * hold everything that the other two have seen, and the start after a restore does the rest as after a crash.
 */
import { copyFileSync, createReadStream, createWriteStream, existsSync, rmSync, writeFileSync } from 'node:fs'
import { constants, type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress, createZstdDecompress, constants as zlib } from 'node:zlib'
import { Header, Parser, type ReadEntry } from 'tar'
import { fail, ok, type Result } from '../errors.ts'
import { checkpointFile, databaseFile, listContents } from './contents.ts'
import { type Description, describe, description, descriptionFile, end, endFile, formatVersion } from './description.ts'
import { type BackupError, BackupFailure, backupError } from './errors.ts'
import { recordAct } from './record-act.ts'
import { makeStaging, sweepStagings } from './staging.ts'

export interface BackupReport extends Description {
  file: string
  files: number
  /** Of the contents. */
  bytes: number
  /** Of the file. */
  fileBytes: number
}

export interface BackupRequest {
  stateDirectory: string
  /** Where the backup goes; `-` is standard output. */
  file: string
  version: string
  now: Date
  onProgress?(files: number, bytes: number): void
}

/** Lists that are read again for files that came meanwhile: a sealed segment turns into files with other names. */
const listings = 5

/** Makes a backup and reads it back. Never overwrites; an unfinished file is removed. */
export async function backUp(request: BackupRequest): Promise<Result<BackupReport, BackupError>> {
  const state = resolve(request.stateDirectory)
  const toStandardOutput = request.file === '-'
  const file = toStandardOutput ? '-' : resolve(request.file)
  const partial = `${file}.partial`
  let staging = ''
  try {
    if (!existsSync(join(state, databaseFile)))
      throw new BackupFailure(
        'backup.no-state',
        `There is no state of a server in ${state}. Give the right directory with --state.`,
      )
    if (!toStandardOutput && existsSync(file))
      throw new BackupFailure(
        'backup.file-exists',
        `${file} exists already, and a backup never overwrites. Choose another name.`,
      )
    if (!toStandardOutput && existsSync(partial))
      throw new BackupFailure(
        'backup.under-way',
        `${partial} is there: another backup is being made, or one was broken off. Remove it, or choose another name.`,
      )
    if (!toStandardOutput) await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const place = toStandardOutput ? state : dirname(file)
    sweepStagings(place)
    staging = makeStaging(place)
    // Before the snapshot, so that the backup has the row too.
    recordAct(state, {
      at: request.now.getTime(),
      action: 'backup.made',
      subject: file,
      detail: { version: request.version },
    })
    const about = takeSnapshots(state, staging, request)
    const output = toStandardOutput ? process.stdout : createWriteStream(partial, { flags: 'wx', mode: 0o600 })
    const { files, bytes } = await pack(state, staging, output, request)
    const report = { ...about, file, files, bytes }
    if (toStandardOutput) return ok({ ...report, fileBytes: 0 })
    await verify(partial, files, bytes)
    await flush(partial)
    await rename(partial, file)
    await flush(dirname(file))
    return ok({ ...report, fileBytes: (await stat(file)).size })
  } catch (thrown) {
    const error = backupError(thrown, file)
    if (!toStandardOutput && error.code !== 'backup.under-way') rmSync(partial, { force: true })
    return fail(error)
  } finally {
    if (staging) rmSync(staging, { recursive: true, force: true })
  }
}

function takeSnapshots(state: string, staging: string, { version, now }: BackupRequest): Description {
  // Replaced by renaming only, so that a copy is always one whole checkpoint.
  if (existsSync(join(state, checkpointFile))) copyFileSync(join(state, checkpointFile), join(staging, checkpointFile))
  const copy = join(staging, databaseFile)
  const source = new DatabaseSync(join(state, databaseFile), { timeout: 30_000 })
  try {
    source.prepare('VACUUM INTO ?').run(copy)
  } finally {
    source.close()
  }
  const database = new DatabaseSync(copy, { readOnly: true })
  try {
    const about = { format: formatVersion, version, createdAt: now.toISOString(), ...describe(database) }
    writeFileSync(join(staging, descriptionFile), JSON.stringify(about), { mode: 0o600 })
    return about
  } finally {
    database.close()
  }
}

const tarBlock = 512

function headerOf(path: string, size: number, mtime: Date): Buffer {
  const header = new Header({ path, size, mtime, mode: 0o600, type: 'File' })
  // Sizes of 8 GiB and more are encoded in base 256, which every reader of today knows; names are short.
  header.encode()
  if (header.block === undefined || Buffer.byteLength(path) > 99)
    throw new BackupFailure('backup.failed', `${path} does not fit into a backup.`)
  return header.block
}

async function pack(
  state: string,
  staging: string,
  output: Writable,
  request: BackupRequest,
): Promise<{ files: number; bytes: number }> {
  const total = { files: 0, bytes: 0 }
  const packed = new Set<string>()
  async function* entries(): AsyncGenerator<Buffer> {
    yield* tarOf(
      staging,
      [descriptionFile, checkpointFile, databaseFile].filter((path) => existsSync(join(staging, path))),
    )
    for (let listing = 0; listing < listings; listing++) {
      const fresh = listContents(state).filter((path) => !packed.has(path))
      if (fresh.length === 0) break
      for (const path of fresh) packed.add(path)
      yield* tarOf(state, fresh)
    }
    writeFileSync(join(staging, endFile), JSON.stringify(total), { mode: 0o600 })
    yield* tarOf(staging, [endFile])
    // The end of an archive: two empty blocks.
    yield Buffer.alloc(1024)
  }
  async function* tarOf(folder: string, paths: readonly string[]): AsyncGenerator<Buffer> {
    for (const path of paths) {
      let file: FileHandle
      try {
        file = await open(join(folder, path), constants.O_RDONLY | constants.O_NOFOLLOW)
      } catch (thrown) {
        // Removed since it was listed: by retention, or sealed into another file that the next listing has.
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') continue
        throw thrown
      }
      // What is appended while it is read belongs to the next backup: the size of now is what the header says.
      const { size, mtime } = await file.stat()
      yield headerOf(path, size, mtime)
      let bytes = 0
      // Closes the file at its end.
      if (size > 0)
        for await (const chunk of file.createReadStream({ start: 0, end: size - 1 })) {
          bytes += (chunk as Buffer).length
          yield chunk as Buffer
        }
      else await file.close()
      if (bytes !== size)
        throw new BackupFailure('backup.failed', `${path} became shorter while it was read. Try again.`)
      yield Buffer.alloc((tarBlock - (size % tarBlock)) % tarBlock)
      if (path === endFile) continue
      total.files++
      total.bytes += size
      request.onProgress?.(total.files, total.bytes)
    }
  }
  const compress = createZstdCompress({
    params: { [zlib.ZSTD_c_compressionLevel]: 3, [zlib.ZSTD_c_checksumFlag]: 1 },
  })
  await pipeline(Readable.from(entries()), compress, output, { end: output !== process.stdout })
  return total
}

/** Reads a backup from its first to its last byte: checksum, order and count. */
async function verify(file: string, files: number, bytes: number): Promise<void> {
  const seen = await readBackup(file, (entry) => entry.resume())
  if (seen.files !== files || seen.bytes !== bytes)
    throw new BackupFailure(
      'backup.damaged',
      `The backup ${file} does not read back as it was written. Check that disk, and try another one.`,
    )
}

/**
 * Reads the entries of a backup in order and gives each but the last to `onEntry`, which has to consume it. Fails with
 * `backup.not-a-backup`, `backup.newer` or `backup.damaged`.
 */
export async function readBackup(
  file: string,
  onEntry: (entry: ReadEntry) => unknown,
): Promise<{ about: Description; files: number; bytes: number }> {
  let about: Description | undefined
  let closing: { files: number; bytes: number } | undefined
  const seen = { files: 0, bytes: 0 }
  const problems: string[] = []
  const small = (entry: ReadEntry, take: (text: string) => void) => {
    const chunks: Buffer[] = []
    if (entry.size > 65_536) problems.push(`${entry.path} is too large`)
    entry.on('data', (chunk: Buffer) => entry.size <= 65_536 && chunks.push(chunk))
    entry.on('end', () => take(Buffer.concat(chunks).toString()))
  }
  let refusal: unknown
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry: ReadEntry) => {
      if (entry.path === endFile) return small(entry, (text) => (closing = end.safeParse(parse(text)).data))
      seen.files++
      seen.bytes += entry.size
      if (seen.files > 1)
        try {
          return refusal === undefined ? onEntry(entry) : entry.resume()
        } catch (thrown) {
          refusal = thrown
          return entry.resume()
        }
      if (entry.path !== descriptionFile) problems.push('the first entry is another one')
      small(entry, (text) => (about = description.safeParse(parse(text)).data))
    },
  })
  const input = file === '-' ? process.stdin : createReadStream(file)
  try {
    await pipeline(input, createZstdDecompress(), async (source: AsyncIterable<Buffer>) => {
      const broken = new Promise<never>((_resolve, reject) => parser.on('error', reject))
      broken.catch(() => {})
      const ended = new Promise<void>((resolve) => parser.on('end', resolve))
      for await (const chunk of source) {
        if (!parser.write(chunk))
          await Promise.race([new Promise<void>((resolve) => parser.once('drain', () => resolve())), broken])
        if (refusal !== undefined) throw refusal
      }
      parser.end()
      await Promise.race([ended, broken])
      if (refusal !== undefined) throw refusal
    })
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') throw thrown
    if (thrown instanceof BackupFailure) throw thrown
    if (about === undefined)
      throw new BackupFailure('backup.not-a-backup', `${file} is not a backup of Rampart.`, thrown)
    if ((thrown as NodeJS.ErrnoException).syscall) throw thrown
    throw new BackupFailure('backup.damaged', `The backup ${file} is damaged or cut off. Use another copy.`, thrown)
  }
  if (about === undefined || problems.length > 0)
    throw new BackupFailure('backup.not-a-backup', `${file} is not a backup of Rampart.`)
  if (about.format > formatVersion)
    throw new BackupFailure(
      'backup.newer',
      `The backup was made by version ${about.version}, which this one cannot read. Restore it with that version.`,
    )
  if (closing === undefined || closing.files !== seen.files || closing.bytes !== seen.bytes)
    throw new BackupFailure('backup.damaged', `The backup ${file} is cut off. Use another copy.`)
  return { about, ...seen }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r')
  await handle.sync()
  await handle.close()
}
