/** The file of the spool that is being written: records in, on disk at their place or refused as a whole. */
import {
  close,
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Segment } from './scan.ts'
import { segmentHead } from './segment.ts'

/** As much as a small batch. */
const probeBytes = 8 * 1024

export class SegmentWriter {
  /** The disk's last refusal; empty when the last write succeeded. */
  problem = ''
  #open: { segment: Segment; fd: number; dirty: boolean } | undefined

  /** True while records of this segment can be written. */
  writes(segment: Segment): boolean {
    return this.#open?.segment === segment
  }

  /** Lets go of what was open and opens another segment, made anew when it is not there. */
  open(segment: Segment): boolean {
    this.release()
    try {
      this.#open = { segment, fd: openSync(segment.path, segment.bytes === 0 ? 'w+' : 'r+', 0o600), dirty: false }
      return true
    } catch (error) {
      this.problem = (error as Error).message
      return false
    }
  }

  /** Writes one record behind the last one of the open segment. A record that the disk takes only half of is taken back. */
  write(record: Uint8Array): boolean {
    if (this.#open === undefined) return false
    const { segment, fd } = this.#open
    try {
      const pieces = segment.bytes === 0 ? [segmentHead, record] : [record]
      let at = segment.bytes
      for (const piece of pieces)
        for (let done = 0; done < piece.length; ) {
          const written = writeSync(fd, piece, done, piece.length - done, at)
          done += written
          at += written
        }
      segment.bytes = at
      this.#open.dirty = true
      this.problem = ''
      return true
    } catch (error) {
      this.problem = (error as Error).message
      try {
        ftruncateSync(fd, segment.bytes)
      } catch {
        // The half record is cut off at the next start.
      }
      return false
    }
  }

  /** Looks whether the disk takes something again while there is nothing to write: otherwise its refusal would stand for ever. */
  probe(folder: string): void {
    if (this.problem === '') return
    const path = join(folder, 'probe')
    try {
      writeFileSync(path, Buffer.alloc(probeBytes))
      this.problem = ''
    } catch (error) {
      this.problem = (error as Error).message
    }
    rmSync(path, { force: true })
  }

  /** Asks the kernel to bring what was written to the disk; returns before it is done. */
  sync(): void {
    if (!this.#open?.dirty) return
    this.#open.dirty = false
    fdatasync(this.#open.fd, (error) => {
      if (error !== null && error.code !== 'EBADF') this.problem = error.message
    })
  }

  /** Lets go of the segment; it is brought to the disk in the background. */
  release(): void {
    const open = this.#open
    this.#open = undefined
    if (open !== undefined) fdatasync(open.fd, () => close(open.fd))
  }

  /** Lets go of the segment when it is on the disk. */
  close(): void {
    const open = this.#open
    this.#open = undefined
    if (open === undefined) return
    try {
      fdatasyncSync(open.fd)
    } catch (error) {
      this.problem = (error as Error).message
    }
    closeSync(open.fd)
  }
}
