/** A TCP proxy on loopback that can fall silent: connections stay open and nothing passes any more, as behind a dead router. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export async function startProxy(targetPort: number) {
  const pairs = new Set<[Socket, Socket]>()
  let silent = false
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1')
    pairs.add([client, target])
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      from.on('data', (chunk) => !silent && to.write(chunk))
      from.on('error', () => {})
      from.on('close', () => !silent && to.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    /** From now on nothing passes on the connections there are; new ones work again after `recover`. */
    fallSilent: () => {
      silent = true
    },
    recover: () => {
      silent = false
    },
    close: () => {
      for (const pair of pairs) for (const socket of pair) socket.destroy()
      server.close()
    },
  }
}
