/** Who listens on a port of this machine. Source: /proc/net/tcp, /proc/net/tcp6 and the descriptors below /proc/<pid>/fd. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { visibleText } from '@rampart/event/visible-text'
import { readHead } from '@rampart/sensor/read-head'

export interface PortHolder {
  pid: number
  program: string
  /** State directory of a Rampart server; null for other programs. */
  rampart: string | null
}

const listening = '0A'
const argumentsMost = 16_384

/** Undefined when nobody does, or when this user may not see whose it is. */
export function holderOf(port: number): PortHolder | undefined {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => socketsOf(file, port)))
  if (sockets.size === 0) return undefined
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name)))
    for (const descriptor of list(`/proc/${pid}/fd`)) {
      const socket = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${descriptor}`))?.[1]
      if (socket !== undefined && sockets.has(socket)) return describe(Number(pid))
    }
  return undefined
}

/** Inodes of the sockets that listen on a port. */
function socketsOf(file: string, port: number): string[] {
  return read(file)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = '', , state]) => state === listening && Number.parseInt(local.split(':').at(-1) ?? '', 16) === port,
    )
    .map((fields) => fields[9] ?? '')
}

function describe(pid: number): PortHolder {
  const words = head(`/proc/${pid}/cmdline`).split('\0').filter(Boolean)
  const name = read(`/proc/${pid}/comm`).trim()
  const entry = words.findIndex((word) => /(?:^|\/)(?:cli\/src\/main\.ts|rampart)$/.test(word))
  const command = words[entry + 1]
  const isServer = entry >= 0 && (command === 'server' || command === 'up')
  const program = link(`/proc/${pid}/exe`)
  return {
    pid,
    program: visibleText(program === '' ? name : basename(program), 200),
    rampart: isServer ? visibleText(stateOf(words), 500) : null,
  }
}

/** What stands behind `--state`, or an empty text for the usual place. */
function stateOf(words: readonly string[]): string {
  const at = words.indexOf('--state')
  return (at >= 0 ? words[at + 1] : words.find((word) => word.startsWith('--state='))?.slice('--state='.length)) ?? ''
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function head(path: string): string {
  try {
    return readHead(path, argumentsMost).toString()
  } catch {
    return ''
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
