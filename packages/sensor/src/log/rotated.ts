/** The rest of a log that was rotated away while nobody read it: plain, copied or gzipped siblings of the file. */
import { constants, createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { createLineCutter, type FilePosition, type FollowedLine, hashOf, sameHead } from './segment.ts'

const candidateLimit = 8
/** The folder may be an application's own: were a sibling replaced by a pipe since it was looked at, opening it must not hang. */
const readNow = constants.O_RDONLY | constants.O_NONBLOCK
/** Bound on what one gzipped part may unfold to. */
const unpackedLimitBytes = 4 * 1024 ** 3

/** Siblings whose name begins like the log, newest first. */
async function candidates(path: string): Promise<string[]> {
  const directory = dirname(path)
  const name = basename(path)
  const found: { path: string; changedAt: number }[] = []
  for (const one of await readdir(directory).catch(() => [] as string[])) {
    if (one === name || !one.startsWith(name)) continue
    const full = join(directory, one)
    const info = await stat(full).catch(() => undefined)
    if (info?.isFile()) found.push({ path: full, changedAt: info.mtimeMs })
  }
  return found
    .sort((a, b) => b.changedAt - a.changedAt)
    .slice(0, candidateLimit)
    .map((one) => one.path)
}

/** Hands out the lines after `position` from the sibling that begins like the file it was in. False when there is none. */
export async function readRotated(
  path: string,
  position: FilePosition,
  take: (line: FollowedLine) => void,
): Promise<boolean> {
  if (position.headBytes === 0) return false
  for (const candidate of await candidates(path)) {
    const done = candidate.endsWith('.gz')
      ? await readGzip(candidate, position, take)
      : await readPlain(candidate, position, take)
    if (done) return true
  }
  return false
}

const cutterOf = (position: FilePosition, take: (line: FollowedLine) => void) =>
  createLineCutter(position.offset, (text, offset, truncated) =>
    take({ text, truncated, offset, sourceId: position.sourceId }),
  )

async function readPlain(path: string, position: FilePosition, take: (line: FollowedLine) => void): Promise<boolean> {
  const handle = await open(path, readNow).catch(() => undefined)
  if (!handle) return false
  try {
    if ((await handle.stat()).size < position.offset || !(await sameHead(handle, position))) return false
    const cutter = cutterOf(position, take)
    for await (const chunk of handle.createReadStream({ start: position.offset, autoClose: false }))
      cutter.feed(chunk as Buffer)
    cutter.flush()
    return true
  } finally {
    await handle.close()
  }
}

async function readGzip(path: string, position: FilePosition, take: (line: FollowedLine) => void): Promise<boolean> {
  const cutter = cutterOf(position, take)
  const stream = createReadStream(path)
  const unpacked = createGunzip()
  stream.on('error', (error) => unpacked.destroy(error))
  let head = Buffer.alloc(0)
  let known = false
  let at = 0
  try {
    for await (const chunk of stream.pipe(unpacked)) {
      const bytes = chunk as Buffer
      if (!known) {
        head = Buffer.concat([head, bytes])
        if (head.length < position.headBytes) continue
        if (hashOf(head.subarray(0, position.headBytes)) !== position.headHash) return false
        known = true
        if (head.length > position.offset) cutter.feed(head.subarray(position.offset))
        at = head.length
        continue
      }
      if (at + bytes.length > position.offset) cutter.feed(bytes.subarray(Math.max(0, position.offset - at)))
      at += bytes.length
      if (at > unpackedLimitBytes) break
    }
  } catch {
    // A part that is still being compressed ends early; what was whole was handed out.
  } finally {
    stream.destroy()
    unpacked.destroy()
  }
  if (known) cutter.flush()
  return known
}
