/** The agent's unix socket in its state directory: the sensor process and `agent status` come in here, told apart by their first message. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { encodeMessageFrame, frameReader } from './sensing/frames.ts'
import type { ToAgent } from './sensing/link.ts'

/** Longest path of a unix socket, unix(7): 108 bytes with the closing zero. */
const pathLimit = 107

export function doorPath(stateDirectory: string): string {
  return join(stateDirectory, 'agent.sock')
}

export interface DoorOptions {
  stateDirectory: string
  onSensors(socket: Socket, hello: Extract<ToAgent, { type: 'hello' }>): void
  status(): object
  /** Another version lies ready: end, so that it can be tried. */
  onUpgrade(version: string): void
}

/** Opens the door; the directory's mode keeps other users out. Throws when the path is too long for a socket. */
export async function openDoor(options: DoorOptions): Promise<Server> {
  const path = doorPath(options.stateDirectory)
  if (Buffer.byteLength(path) > pathLimit) throw new Error(`the state directory's path is too long: ${path}`)
  rmSync(path, { force: true })
  const server = createServer((socket) => receive(socket, options))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  chmodSync(path, 0o600)
  return server
}

function receive(socket: Socket, options: DoorOptions): void {
  socket.on('error', () => {})
  const patience = setTimeout(() => socket.destroy(), 5_000)
  const read = frameReader<ToAgent>((frame) => {
    clearTimeout(patience)
    socket.off('data', onData)
    if (frame.kind === 'message' && frame.message.type === 'hello') options.onSensors(socket, frame.message)
    else if (frame.kind === 'message' && frame.message.type === 'status')
      socket.end(encodeMessageFrame({ type: 'status', status: options.status() }))
    else if (frame.kind === 'message' && frame.message.type === 'upgrade') {
      socket.end(encodeMessageFrame({ type: 'status', status: { ok: true } }))
      options.onUpgrade(frame.message.version)
    } else socket.destroy()
  })
  const onData = (chunk: Buffer) => {
    if (!read(chunk)) socket.destroy()
  }
  socket.on('data', onData)
}
