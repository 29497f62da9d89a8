/** The agent looks at what responding needs on this host: privileges, libraries, room, and its connection. */
import { accessSync, closeSync, constants, readFileSync, statfsSync } from 'node:fs'
import koffi from 'koffi'
import { done, failed } from '../outcome.ts'
import type { TaskOutcome } from '../task.ts'
import type { ExecutionHost } from './host.ts'
import { openProcess } from './native.ts'

interface Finding {
  what: string
  works: boolean
  detail: string
}

const leastFreeBytes = 64 * 1024 * 1024

export function troubleshoot(_parameters: unknown, host: ExecutionHost): TaskOutcome {
  const findings: Finding[] = [
    look('root', () => {
      const { getuid } = process
      if (getuid?.() !== 0) throw new Error('the agent does not run as root: it can end and move only what is its own')
      return 'the agent runs as root'
    }),
    look('process handles', () => {
      closeSync(openProcess(process.pid))
      return 'pidfd_open works'
    }),
    look('nftables', () => {
      koffi.load('libnftables.so.1')
      return 'libnftables.so.1 is there'
    }),
    look('vault', () => {
      accessSync(host.directory, constants.W_OK)
      const { bavail, bsize } = statfsSync(host.directory)
      const free = bavail * bsize
      if (free < leastFreeBytes) throw new Error(`only ${Math.floor(free / 1024 / 1024)} MB are free on its disk`)
      return `${Math.floor(free / 1024 / 1024)} MB are free on its disk`
    }),
    look(
      'server',
      () => `${host.server.host}:${host.server.port} (${host.server.addresses.join(', ') || 'not connected'})`,
    ),
    look('load', () => readFileSync('/proc/loadavg', 'latin1').trim()),
  ]
  const broken = findings.filter((one) => !one.works)
  const details = { findings }
  if (broken.length === 0) return done('agent.healthy', 'The agent can carry out every operation.', details)
  return failed('agent.unhealthy', broken.map((one) => `${one.what}: ${one.detail}`).join('; '), details)
}

function look(what: string, act: () => string): Finding {
  try {
    return { what, works: true, detail: act() }
  } catch (error) {
    return { what, works: false, detail: (error as Error).message }
  }
}
