/** Evidence → what can be acted on: processes, files, addresses, each once, those of the latest event first. Pure. */
import type { Container, Event } from '@rampart/event'
import { parseRange } from '@rampart/policy'
import { protectionOf } from './protected.ts'
import { type FileTarget, type ProcessTarget, pathLimit, sha256Pattern } from './task.ts'

export interface ProcessChoice extends ProcessTarget {
  name: string | null
  commandLine: string | null
  /** What it runs, when that is not its executable: the script of an interpreter. */
  program: string | null
  startedAt: number | null
  /** Why it is never ended, or null. */
  barred: string | null
}
export interface FileChoice extends FileTarget {
  /** What the evidence says it is. */
  role: 'program' | 'script' | 'file'
  /** It lies where the system's own programs do; the agent moves it only when no package owns it as it is. */
  isSystem: boolean
  barred: string | null
}
export interface AddressChoice {
  address: string
  role: 'source' | 'destination'
}
export interface Targets {
  processes: ProcessChoice[]
  files: FileChoice[]
  addresses: AddressChoice[]
}

const choicesMax = 20
const systemFolders = /^\/(usr\/(local\/)?)?(bin|sbin|lib|lib64|libexec)\//
/** Programs that run whatever they are given: what was given is to be handled. */
const interpreters =
  /^(ba|da|z|k|a|c|tc|fi)?sh$|^(busybox|env|sudo|su|python[\d.]*|perl[\d.]*|php[\d.]*|php-fpm[\d.]*|ruby[\d.]*|node|nodejs|java|lua[\d.]*|awk|gawk|mawk)$/

/** `events` newest first. `protectedPaths`: what the installation protects besides the built-in list. */
export function targetsOf(events: readonly Event[], protectedPaths: readonly string[] = []): Targets {
  const processes = new Map<string, ProcessChoice>()
  const files = new Map<string, FileChoice>()
  const addresses = new Map<string, AddressChoice>()
  const addFile = (file: FileTarget, role: FileChoice['role'], container: Container | undefined) => {
    const path = plainPath(file.path)
    if (!path.startsWith('/') || path.length > pathLimit || path.includes('\0') || path.startsWith('/proc/')) return
    const known = files.get(path)
    if (known) {
      known.sha256 ??= file.sha256
      known.inode ??= file.inode
      return
    }
    const isSystem = systemFolders.test(path)
    const barred = container ? barContainer(path, container) : barFile(path, isSystem, protectedPaths)
    files.set(path, { ...file, path, role, isSystem, barred })
  }
  const addAddress = (text: string | undefined, role: AddressChoice['role']) => {
    const range = text === undefined ? undefined : parseRange(text)
    if (range !== undefined && !addresses.has(range.text)) addresses.set(range.text, { address: range.text, role })
  }
  for (const event of events) {
    if ('cut' in event) continue
    const { process, container } = event
    if (process) {
      const sha256 = digestOf(process.hash?.sha256)
      const executable = process.executable ?? null
      if (!processes.has(process.entityId) && /^.+-\d+-\d+$/.test(process.entityId))
        processes.set(process.entityId, {
          pid: process.pid,
          entityId: process.entityId,
          executable,
          sha256,
          name: process.name ?? executable?.split('/').at(-1) ?? null,
          commandLine: process.commandLine ?? null,
          program: process.program ?? null,
          startedAt: process.startedAt ?? null,
          barred: barProcess(process.pid, executable, protectedPaths),
        })
      if (process.program && process.program !== executable)
        addFile({ path: process.program, sha256: null, inode: null }, 'script', container)
      if (executable && !process.fileless) addFile({ path: executable, sha256, inode: null }, 'program', container)
    }
    if ('file' in event && event.file && event.type !== 'file.removed') {
      const { path, hash, inode } = event.file
      addFile({ path, sha256: digestOf(hash?.sha256), inode: inode ?? null }, 'file', container)
    }
    if ('source' in event && typeof event.source === 'object') addAddress(event.source?.address, 'source')
    if ('destination' in event && typeof event.destination === 'object')
      addAddress(event.destination?.address, 'destination')
  }
  return {
    processes: [...processes.values()].slice(0, choicesMax),
    // What can be moved first; what lies among the system's own programs last.
    files: [...files.values()].sort((one, other) => weight(one) - weight(other)).slice(0, choicesMax),
    addresses: [...addresses.values()].slice(0, choicesMax),
  }
}

const weight = (file: FileChoice) => (file.barred === null ? 0 : 2) + (file.isSystem ? 1 : 0)
const digestOf = (text: string | undefined) => (text !== undefined && sha256Pattern.test(text) ? text : null)

function barProcess(pid: number, executable: string | null, more: readonly string[]): string | null {
  if (pid <= 2) return 'It is the first process of the host, or the kernel.'
  const entry = executable === null ? undefined : protectionOf(executable, more)
  return entry === undefined ? null : `${executable} is a protected program: the host or the way to it depends on it.`
}

/** Its path is the container's own: on the host another file may bear it. */
function barContainer(path: string, { name, id }: Container): string {
  return `${path} lies in the container ${name ?? id.slice(0, 12)}, and the agent moves files of the host itself only: end the process, then replace the container.`
}

/** `//` and `/./` mean `/`; a path has one way to be written, so that what protects it cannot be written around. */
const plainPath = (path: string) => path.replace(/\/(?:\.?\/)+/g, '/')

function barFile(path: string, isSystem: boolean, more: readonly string[]): string | null {
  if (protectionOf(path, more) !== undefined)
    return `${path} is a protected program: the host or the way to it depends on it.`
  if (isSystem && interpreters.test(path.split('/').at(-1) ?? ''))
    return `${path} is a program of the system that was misused: end the process, and handle what it ran.`
  return null
}
