/**
 * Frames of the sensor process in, batches in the spool out. While the server keeps up a batch leaves after 20 ms at the
 * latest, 50 ms in a dense stream, and at once after a quiet moment; when it does not, batches grow, which makes them
 * smaller and cheaper per event. A frame is acknowledged to the sensor process when it is in the spool.
 */
import { constants, zstdCompressSync } from 'node:zlib'
import { arrayHead } from './msgpack.ts'
import type { EventFrame } from './sensing/frames.ts'
import type { Drops } from './spool/drops.ts'
import type { Spool } from './spool/spool.ts'

/** Longest time an event waits for company, ms: while the server keeps up, in a dense stream, and while it does not keep up. */
const promptMs = 20
const streamMs = 50
const patientMs = 250
/** Events a millisecond from which on a stream is dense: a batch costs about as much as fifty events in it. */
const denseRate = 0.4
/** A batch is closed when it holds so much before compression. */
const fullBytes = 1024 * 1024
const fullEvents = 4000

export interface Batcher {
  /** Takes over a frame; `settled` runs when it and all before it are in the spool or were counted as dropped. */
  add(frame: EventFrame, settled: () => void): void
  /** Writes what is pending now. */
  flush(): void
}

/** `keepsUp` says whether a batch written now would also leave now; `written` runs after each one. */
export function createBatcher(spool: Spool, drops: Drops, keepsUp: () => boolean, written: () => void): Batcher {
  let frames: EventFrame[] = []
  let settledLast: (() => void) | undefined
  let bytes = 0
  let events = 0
  let lastFlushAt = 0
  let lastRate = 0
  let timer: NodeJS.Timeout | undefined

  function add(frame: EventFrame, settled: () => void): void {
    // One batch carries one run of the sensor process, so that its frame number says all.
    if (frames[0] !== undefined && frames[0].source !== frame.source) flush()
    frames.push(frame)
    settledLast = settled
    bytes += frame.bytes.length
    events += frame.events
    const waitMs = keepsUp() ? (lastRate > denseRate ? streamMs : promptMs) : patientMs
    const wait = lastFlushAt + waitMs - performance.now()
    if (wait <= 0 || bytes >= fullBytes || events >= fullEvents) flush()
    else timer ??= setTimeout(flush, wait)
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    const last = frames.at(-1)
    if (last === undefined) return
    const now = performance.now()
    lastRate = events / (now - lastFlushAt)
    lastFlushAt = now
    const payload = zstdCompressSync(Buffer.concat([arrayHead(events), ...frames.map((frame) => frame.bytes)]), {
      params: { [constants.ZSTD_c_compressionLevel]: 1 },
    })
    const values = frames.reduce((mask, frame) => mask | frame.values, 0)
    const sequence = spool.append({ events, values, source: last.source, frame: last.number, payload })
    if (sequence === undefined)
      for (const frame of frames) drops.addAll(frame.types, spool.problem === '' ? 'spool-full' : 'disk-full')
    settledLast?.()
    frames = []
    bytes = 0
    events = 0
    if (sequence !== undefined) written()
  }

  return { add, flush }
}
