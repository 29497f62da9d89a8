/** One end of the unix socket between sensor process and agent: what they say to each other, and when it waits. */
import type { Socket } from 'node:net'
import type { SensorHealth } from '@rampart/sensor'
import { type EventFrame, encodeMessageFrame, frameReader, type MessageFrame } from './frames.ts'
import type { InventoryKnown, InventoryPart } from './inventory-report.ts'

/** From the sensor process, or from `agent status`, to the agent. */
export type ToAgent =
  | { type: 'hello'; source: number; pid: number; build: string }
  | {
      type: 'health'
      sensors: SensorHealth[]
      merged: number
      dropped: Record<string, number>
      tooLarge: Record<string, number>
    }
  | { type: 'stopped' }
  /** A part of the host's inventory, for the server if it is there. */
  | { type: 'inventory'; part: InventoryPart }
  /** When kinds of the inventory were looked at last. */
  | { type: 'inventory-looked'; at: Record<string, number> }
  /** Another process is needed: for the policy it was given, or, with `fault`, because its kernel programs were taken apart. */
  | { type: 'restart'; fault?: string }
  | { type: 'status' }
  | { type: 'upgrade'; version: string }
/** From the agent. */
export type ToSensors =
  | {
      type: 'welcome' /** Last frame of this source that is in the spool. */
      frame: number
      policy: Record<string, unknown>
    }
  | { type: 'acknowledge'; frame: number }
  | { type: 'policy'; policy: Record<string, unknown> }
  /** What the server has of the inventory; null while it cannot be reached. */
  | { type: 'inventory-known'; digests: InventoryKnown; about?: string | undefined }
  /** A process that the agent started for its own work. */
  | { type: 'helper'; pid: number }
  | { type: 'stop' }
  | { type: 'status'; status: unknown }

export interface Link<Sent extends object> {
  send(message: Sent): void
  /** Writes pieces of an event frame one after another. */
  write(pieces: readonly Uint8Array[]): void
  close(): void
}

/** Reads frames from a socket until it closes; a stream that is none of ours is closed. */
export function openLink<Sent extends object, Received>(
  socket: Socket,
  onFrame: (frame: EventFrame | MessageFrame<Received>) => void,
  onClose: () => void,
): Link<Sent> {
  const read = frameReader<Received>(onFrame)
  socket.on('data', (chunk: Buffer) => {
    if (!read(chunk)) socket.destroy()
  })
  socket.on('error', () => {})
  socket.once('close', onClose)
  return {
    send: (message) => {
      if (socket.writable) socket.write(encodeMessageFrame(message))
    },
    write: (pieces) => {
      if (!socket.writable) return
      socket.cork()
      for (const piece of pieces) socket.write(piece)
      socket.uncork()
    },
    close: () => socket.end(),
  }
}
