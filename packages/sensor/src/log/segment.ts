/** One open log file, read forward: bytes → lines with their place. Bounded memory. */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/** Where reading of a file stands; survives restarts. */
export interface FilePosition {
  device: number
  inode: number
  /** Beginning of the first line that was not handed out. */
  offset: number
  /** SHA-256 over the first `headBytes` bytes, to know the file again under another name or inode. */
  headBytes: number
  headHash: string
  /** Names the file in event ids: the same for every reading of the same lines. Empty until there is a whole line. */
  sourceId: string
}

/** A line handed out: its text without the newline, and where it began. */
export interface FollowedLine {
  text: string
  /** True when the line was longer than the limit and was cut. */
  truncated: boolean
  offset: number
  sourceId: string
}

const headLimit = 256
const readBytes = 65_536
export const followedLineLimit = 1_048_576

export const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Cuts bytes into lines. `offset` counts bytes of the file, so that reading can go on at any line later. */
export interface LineCutter {
  feed(bytes: Uint8Array): void
  /** Hands out what stands after the last newline, when no more will come. */
  flush(): void
  /** Beginning of the first line not handed out. */
  lineStart(): number
  restart(offset: number): void
}

export function createLineCutter(
  start: number,
  take: (text: string, offset: number, truncated: boolean) => void,
  limit = followedLineLimit,
): LineCutter {
  let lineStart = start
  let next = start
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let cut = false

  const keep = (bytes: Uint8Array) => {
    next += bytes.length
    const room = limit - pendingBytes
    if (bytes.length > room) cut = true
    if (room > 0 && bytes.length > 0) {
      pending.push(Buffer.from(bytes.subarray(0, room)))
      pendingBytes += Math.min(room, bytes.length)
    }
  }
  const hand = () => {
    const text = Buffer.concat(pending).toString('utf8')
    const [offset, truncated] = [lineStart, cut]
    pending = []
    pendingBytes = 0
    cut = false
    lineStart = next
    take(text.endsWith('\r') ? text.slice(0, -1) : text, offset, truncated)
  }
  return {
    feed(bytes) {
      let from = 0
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
        keep(bytes.subarray(from, at))
        next++
        from = at + 1
        hand()
      }
      keep(bytes.subarray(from))
    },
    flush() {
      if (pendingBytes > 0 || cut) hand()
    },
    lineStart: () => lineStart,
    restart(offset) {
      lineStart = offset
      next = offset
      pending = []
      pendingBytes = 0
      cut = false
    },
  }
}

/** An open file and what is known of its beginning. */
export interface Segment {
  handle: FileHandle
  position: FilePosition
  cutter: LineCutter
  /** Next byte to read. */
  next: number
}

/** Reads the beginning of a file, at most 256 bytes. */
async function readHead(handle: FileHandle, most = headLimit): Promise<Buffer> {
  const head = Buffer.alloc(most)
  const { bytesRead } = await handle.read(head, 0, most, 0)
  return head.subarray(0, bytesRead)
}

/** Begins to read an open file at `offset`. The segment owns the handle from then on. */
export async function openSegment(
  handle: FileHandle,
  offset: number,
  take: (line: FollowedLine) => void,
): Promise<Segment> {
  const found = await handle.stat()
  const position: FilePosition = {
    device: found.dev,
    inode: found.ino,
    offset,
    headBytes: 0,
    headHash: '',
    sourceId: '',
  }
  const cutter = createLineCutter(offset, (text, at, truncated) => {
    position.offset = cutter.lineStart()
    take({ text, truncated, offset: at, sourceId: position.sourceId || `log-${position.inode}` })
  })
  const segment = { handle, position, cutter, next: offset }
  try {
    await learnHead(segment)
  } catch (error) {
    await handle.close()
    throw error
  }
  return segment
}

/** Takes in more of the beginning of a file that was shorter before. */
async function learnHead(segment: Segment): Promise<void> {
  const { position } = segment
  if (position.headBytes === headLimit && position.sourceId !== '') return
  const head = await readHead(segment.handle)
  position.headBytes = head.length
  position.headHash = hashOf(head)
  const newline = head.indexOf(10)
  if (newline < 0 && head.length < headLimit) return
  const firstLine = head.subarray(0, newline < 0 ? head.length : newline)
  position.sourceId = `log-${hashOf(Buffer.concat([Buffer.from(`${position.inode}/`), firstLine])).slice(0, 12)}`
}

/** Whether the beginning of the file is still what it was. False after a truncation, even if it grew again since. */
export async function sameHead(handle: FileHandle, position: FilePosition): Promise<boolean> {
  if (position.headBytes === 0) return true
  const head = await readHead(handle, position.headBytes)
  return head.length === position.headBytes && hashOf(head) === position.headHash
}

/** Reads on to the end of what is there now, handing out whole lines. Returns the number of bytes read. */
export async function readSegment(segment: Segment): Promise<number> {
  const buffer = Buffer.alloc(readBytes)
  let total = 0
  for (;;) {
    const { bytesRead } = await segment.handle.read(buffer, 0, readBytes, segment.next)
    if (bytesRead === 0) return total
    total += bytesRead
    segment.next += bytesRead
    await learnHead(segment)
    segment.cutter.feed(buffer.subarray(0, bytesRead))
    segment.position.offset = segment.cutter.lineStart()
  }
}
