/** Ports that are open for others, with the program that holds each. */
import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as pause } from 'node:timers/promises'
import { readText } from './file-memo.ts'
import type { HostFiles } from './host-files.ts'
import { listeningSocket } from './parse.ts'
import { processIds } from './processes.ts'
import type { Row } from './things.ts'

const descriptorsMax = 20_000

interface Holder {
  program: string
  pid: string
}

/** Who holds a socket is looked up once, and again when nobody was found. */
export function createPortReader() {
  let holders = new Map<string, Holder>()

  return async ({ proc }: HostFiles): Promise<Row[] | undefined> => {
    const sockets: (NonNullable<ReturnType<typeof listeningSocket>> & { protocol: 'tcp' | 'udp' })[] = []
    for (const protocol of ['tcp', 'udp'] as const)
      for (const family of ['', '6']) {
        const text = await readText(join(proc, 'net', `${protocol}${family}`))
        if (text === undefined && family === '') return undefined
        for (const line of (text ?? '').split('\n').slice(1)) {
          const socket = listeningSocket(line, protocol)
          // A client's UDP socket on a port of the moment is no service.
          if (socket && (protocol === 'tcp' || socket.port < 32_768)) sockets.push({ protocol, ...socket })
        }
      }
    const inodes = new Set(sockets.map(({ inode }) => inode))
    const stillHeld = async (inode: string) => {
      const holder = holders.get(inode)
      // Another program may have taken the socket over, as after an exec.
      return holder !== undefined && (await programOf(proc, holder.pid)) === holder.program
    }
    let allHeld = true
    for (const inode of inodes) allHeld &&= await stillHeld(inode)
    // A socket whose holder is about to go keeps the name it had.
    if (!allHeld)
      holders = new Map([...[...holders].filter(([inode]) => inodes.has(inode)), ...(await findHolders(proc, inodes))])
    return sockets.map(({ protocol, address, port, inode, userId }) => [
      `${protocol} ${address.includes(':') ? `[${address}]` : address}:${port}`,
      {
        protocol,
        address,
        port,
        program: holders.get(inode)?.program,
        userId,
        everywhere: address === '0.0.0.0' || address === '::',
      },
    ])
  }
}

async function programOf(proc: string, pid: string): Promise<string> {
  return (await readlink(join(proc, pid, 'exe')).catch(() => '')).replace(/ \(deleted\)$/, '')
}

/** Inode → process. At most 20,000 descriptors are looked at. */
async function findHolders(proc: string, inodes: ReadonlySet<string>): Promise<Map<string, Holder>> {
  const found = new Map<string, Holder>()
  let looked = 0
  for (const pid of await processIds(proc)) {
    if (looked > descriptorsMax || found.size === inodes.size) break
    for (const descriptor of await readdir(join(proc, pid, 'fd')).catch(() => [] as string[])) {
      if (looked++ > descriptorsMax) break
      const target = await readlink(join(proc, pid, 'fd', descriptor)).catch(() => '')
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
      if (inode === undefined || !inodes.has(inode) || found.has(inode)) continue
      found.set(inode, { pid, program: await programOf(proc, pid) })
    }
    await pause()
  }
  return found
}
