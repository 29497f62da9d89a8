/** The file of the spool that is being written: records in, on disk at their place or refused as a whole. */
import { close, closeSync, fdatasync, fdatasyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import type { Segment } from './scan.ts'
import { segmentHead } from './segment.ts'

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
