/**
 * Frames that a sensor process could not hand over before it ended, because no agent came back: kept in a file until the
 * next agent takes them into its spool.
 */
import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type EventFrame, frameReader } from './frames.ts'

const pathIn = (sensorDirectory: string) => join(sensorDirectory, 'unsent.frames')

export function keepUnsent(sensorDirectory: string, pieces: readonly Uint8Array[]): void {
  if (pieces.length === 0) return
  try {
    appendFileSync(pathIn(sensorDirectory), Buffer.concat(pieces), { mode: 0o600, flush: true })
  } catch (error) {
    process.stderr.write(`events seen last are lost: ${(error as Error).message}\n`)
  }
}

/** Hands out the frames kept, oldest first; removes them when `store` has brought them to safety. */
export function takeUnsent(sensorDirectory: string, take: (frame: EventFrame) => void, store: () => void): void {
  let bytes: Buffer
  try {
    bytes = readFileSync(pathIn(sensorDirectory))
  } catch {
    return
  }
  frameReader((frame) => frame.kind === 'events' && take(frame))(bytes)
  store()
  rmSync(pathIn(sensorDirectory), { force: true })
}
