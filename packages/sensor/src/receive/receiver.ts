/** What a receiver is, and what all of them share: who may send, how much, and where records go. */
import { BlockList, isIP, type Server, type Socket } from 'node:net'
import { canonicalAddress, type EventDraft } from '../draft.ts'
import { isLoopback, type ReceiverSettings, splitListen } from './settings.ts'

/** Where what was received goes. Nothing of it is stored when `take` returns, but when `stored` resolves. */
export interface ReceiverSink {
  /** False when the record was lost; it is counted then. */
  take(drafts: EventDraft[], host: string | undefined, sender: string): boolean
  lost(cause: string, count?: number): void
  /** Resolves when all that was taken is in the spool. */
  stored(): Promise<void>
  now(): number
}

export interface Receiver {
  /** Rejects when it cannot listen. Resolves to the port listened on. */
  start(): Promise<number>
  stop(): Promise<void>
}

/** Longest message of any protocol, bytes. */
export const messageLimit = 1_048_576
/** Largest request or window, packed and unpacked. */
export const bodyLimit = 8_388_608
const connectionsLimit = 128
const connectionsEach = 32
const idleMs = 600_000

/** Whether an address may send: loopback always, others when they are in the list. Entries that are none are left out. */
export function createGate(settings: ReceiverSettings): (address: string | undefined) => boolean {
  const list = new BlockList()
  for (const entry of settings.allow) {
    const [network = '', bits] = entry.split('/')
    const kind = isIP(network) === 4 ? 'ipv4' : 'ipv6'
    const most = kind === 'ipv4' ? 32 : 128
    if (isIP(network) === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))) continue
    if (bits === undefined) list.addAddress(network, kind)
    else list.addSubnet(network, Number(bits), kind)
  }
  return (text) => {
    const address = canonicalAddress(text ?? '')
    if (address === undefined) return false
    return isLoopback(address) || list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
}

/** How many records a second; a burst of two seconds passes. `wait` is how long a sender should be held, ms. */
export function createPace(perSecond: number, now: () => number) {
  let tokens = perSecond * 2
  let at = now()
  return {
    allows(count = 1): boolean {
      const time = now()
      tokens = Math.min(perSecond * 2, tokens + (Math.max(0, time - at) * perSecond) / 1000)
      at = time
      if (tokens < count) return false
      tokens -= count
      return true
    },
  }
}

/** Records a second that one receiver takes. */
export const recordsPerSecond = 10_000

/** Listens, and closes connections that may not be there or are too many. */
export function openStreamServer(
  server: Server,
  settings: ReceiverSettings,
  lost: (cause: string) => void,
): { start(): Promise<number>; stop(): Promise<void> } {
  const allows = createGate(settings)
  const sockets = new Set<Socket>()
  const perAddress = new Map<string, number>()
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? ''
    const count = (perAddress.get(address) ?? 0) + 1
    socket.on('error', () => {})
    if (!allows(address)) {
      lost('sender-not-allowed')
      socket.destroy()
      return
    }
    if (sockets.size >= connectionsLimit || count > connectionsEach) {
      lost('too-many-connections')
      socket.destroy()
      return
    }
    sockets.add(socket)
    perAddress.set(address, count)
    socket.setTimeout(idleMs, () => socket.destroy())
    socket.once('close', () => {
      sockets.delete(socket)
      const left = (perAddress.get(address) ?? 1) - 1
      if (left > 0) perAddress.set(address, left)
      else perAddress.delete(address)
    })
  })
  return {
    start: () =>
      new Promise((resolve, reject) => {
        const place = splitListen(settings.listen)
        server.once('error', reject)
        server.listen({ host: place?.host, port: place?.port }, () => {
          server.off('error', reject)
          server.on('error', () => {})
          const bound = server.address()
          resolve(typeof bound === 'object' && bound !== null ? bound.port : 0)
        })
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
