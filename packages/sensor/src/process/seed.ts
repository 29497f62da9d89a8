/** The processes that run already, read from /proc: for seeding the process table, never as a source of starts. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { readHead } from '../read-head.ts'
import { containerOf } from './container.ts'
import { splitArguments } from './decode.ts'
import type { ProcessImage, SeededProcess } from './tracked.ts'

const argumentsLimitBytes = 16_383
/** What the kernel writes behind the name of a program whose file has lost that name. */
const deletedMark = ' (deleted)'

/** Reads all processes. Those that end meanwhile are left out. */
export function readProcesses(proc = '/proc'): SeededProcess[] {
  const found: SeededProcess[] = []
  for (const name of readdirSync(proc)) {
    if (!/^\d+$/.test(name)) continue
    const process = readProcess(Number(name), proc)
    if (process) found.push(process)
  }
  return found
}

/** Reads one process; undefined when it is gone. */
export function readProcess(pid: number, proc = '/proc'): SeededProcess | undefined {
  const at = `${proc}/${pid}`
  const stat = attempt(() => readFileSync(`${at}/stat`, 'utf8'))
  const status = attempt(() => readFileSync(`${at}/status`, 'latin1'))
  if (stat === undefined || status === undefined) return undefined
  // The name stands in parentheses and may contain any byte, parentheses and spaces too.
  const nameEnd = stat.lastIndexOf(')')
  const fields = stat.slice(nameEnd + 2).split(' ')
  const users = /^Uid:\t(\d+)\t(\d+)/m.exec(status)
  const groups = /^Gid:\t(\d+)/m.exec(status)
  const image: ProcessImage = { sessionId: Number(fields[3]) }
  const terminal = terminalOf(Number(fields[4]))
  if (terminal !== undefined) image.terminal = terminal
  const commandLine = attempt(() => readHead(`${at}/cmdline`, argumentsLimitBytes + 1))
  if (commandLine && commandLine.length > 0) {
    image.arguments = splitArguments(commandLine, 0, Math.min(commandLine.length, argumentsLimitBytes))
    if (commandLine.length > argumentsLimitBytes) image.argumentsTruncated = true
  }
  const container = containerOf(cgroupNames(attempt(() => readFileSync(`${at}/cgroup`, 'utf8')) ?? ''))
  if (container) image.container = container
  const program = programOf(at)
  if (program?.deleted) image.fileless = true
  const process: SeededProcess = {
    pid,
    parentPid: Number(fields[1]),
    startTicks: Number(fields[19]),
    uid: Number(users?.[1] ?? 0),
    euid: Number(users?.[2] ?? 0),
    gid: Number(groups?.[1] ?? 0),
    name: stat.slice(stat.indexOf('(') + 1, nameEnd),
    image,
  }
  if (program !== undefined) process.executable = program.path
  return process
}

/** The program of a process, by its directory in /proc. A name that ends like the kernel's mark by itself is no deleted one. */
function programOf(at: string): { path: string; deleted: boolean } | undefined {
  const link = attempt(() => readlinkSync(`${at}/exe`))
  if (link === undefined || !link.endsWith(deletedMark))
    return link === undefined ? undefined : { path: link, deleted: false }
  const running = attempt(() => statSync(`${at}/exe`, { bigint: true }))
  const named = attempt(() => statSync(`${at}/root${link}`, { bigint: true }))
  if (running && named?.dev === running.dev && named.ino === running.ino) return { path: link, deleted: false }
  return { path: link.slice(0, -deletedMark.length), deleted: true }
}

/** The process that a thread belongs to; undefined when it is gone. */
export function threadGroupOf(tid: number, proc = '/proc'): number | undefined {
  const status = attempt(() => readFileSync(`${proc}/${tid}/status`, 'latin1'))
  const group = status === undefined ? undefined : /^Tgid:\t(\d+)$/m.exec(status)?.[1]
  return group === undefined ? undefined : Number(group)
}

/** The components of the cgroup, leaf first: of the unified hierarchy, or of memory or pids when that is the root. */
export function cgroupNames(text: string): string[] {
  const paths = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (controllers !== undefined && path !== undefined) paths.set(controllers, path)
  }
  const unified = paths.get('') ?? '/'
  const path = unified === '/' ? (paths.get('memory') ?? paths.get('pids') ?? '/') : unified
  return path.split('/').filter(Boolean).reverse().slice(0, 3)
}

/** Terminal from the device number of stat(5): major 136 to 143 are pseudo-terminals. */
function terminalOf(device: number): string | undefined {
  if (device === 0) return undefined
  const major = (device >> 8) & 0xfff
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00)
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`
  return major === 4 ? `tty${minor}` : undefined
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
