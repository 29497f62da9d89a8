/** One end of a network under test, in a namespace of its own: takes orders as JSON lines, answers each with one. `network-actor.ts STATE`. */
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { execute, Firewall, removeFirewall } from '../src/execute/index.ts'
import { runNft } from '../src/execute/nftables.ts'
import type { Task } from '../src/index.ts'
import { hostIn } from './host.ts'

export type Order =
  | { do: 'listen'; port: number }
  /** Answers whether a connection comes about and data comes back. */
  | { do: 'reach'; address: string; port: number }
  /** Opens a connection and keeps it. */
  | { do: 'hold'; address: string; port: number }
  /** Whether data still goes over the held connection. */
  | { do: 'use' }
  | { do: 'task'; task: Task }
  | { do: 'check' }
  | { do: 'nft'; text: string }
  | { do: 'remove' }

const [, , state = '', server = '192.0.2.2'] = process.argv
const host = hostIn(state, { server: { host: server, port: 7351, addresses: [server] } })
const patienceMs = 800
let held: ReturnType<typeof connect> | undefined

function talk(socket: ReturnType<typeof connect>): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (result: boolean) => {
      clearTimeout(clock)
      resolve(result)
    }
    const clock = setTimeout(() => settle(false), patienceMs)
    socket.once('data', () => settle(true))
    socket.on('error', () => settle(false))
    socket.write('hello')
  })
}

async function carryOut(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'listen': {
      const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket))
      await new Promise<void>((resolve) => echo.listen(order.port, '::', resolve))
      return true
    }
    case 'reach': {
      const socket = connect(order.port, order.address)
      const reached = await talk(socket)
      socket.destroy()
      return reached
    }
    case 'hold':
      held = connect(order.port, order.address)
      return talk(held)
    case 'use':
      return held === undefined ? false : talk(held)
    case 'task':
      return execute(order.task, host)
    case 'check':
      return new Firewall(state).check(Date.now())
    case 'nft':
      return runNft(order.text)
    case 'remove':
      return removeFirewall(state)
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await carryOut(JSON.parse(line) as Order)
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`)
}
process.exit(0)
