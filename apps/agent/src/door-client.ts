/** Asks the running agent over its socket: one message out, one answer back. */
import { connect } from 'node:net'
import { doorPath } from './door.ts'
import { encodeMessageFrame, frameReader } from './sensing/frames.ts'
import type { ToAgent, ToSensors } from './sensing/link.ts'

const answerMs = 3_000

/** Undefined when no agent answers. Never rejects. */
export function askDoor(
  stateDirectory: string,
  question: Extract<ToAgent, { type: 'status' | 'upgrade' }>,
): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = connect(doorPath(stateDirectory))
    socket.setTimeout(answerMs, () => socket.destroy())
    socket.once('error', () => resolve(undefined))
    socket.once('close', () => resolve(undefined))
    const read = frameReader<ToSensors>((frame) => {
      if (frame.kind === 'message' && frame.message.type === 'status') resolve(frame.message.status)
      socket.destroy()
    })
    socket.on('data', read)
    socket.write(encodeMessageFrame(question))
  })
}
