/** One process as the table keeps it, and its part of an event. */
import type { Ancestor, Container, Process } from '@rampart/event'

/** Ancestors kept per process; the event schema takes as many. */
export const ancestorLimit = 64

export interface TrackedProcess {
  readonly pid: number
  readonly startTicks: number
  /** Undefined while only /proc told of the process. */
  startNs: number | undefined
  parent: TrackedProcess | undefined
  /** Number of processes above, as far as known. */
  depth: number
  /** What goes into events of its children; replaced, never changed, so events may share it. */
  identity: Ancestor
  image: ProcessImage
  /** Ids as last seen; `privilege.used` compares with them. */
  uid: number
  euid: number
  gid: number
  endedNs: number | undefined
  /** An earlier process with the same pid that ended lately. */
  previous: TrackedProcess | undefined
  /** What `describe` said last, with what it was made from. */
  described: { process: Process; image: ProcessImage; hash: ProcessImage['hash'] } | undefined
  /** What it was before its last exec, for records of files that come late. */
  earlier: { process: TrackedProcess; untilNs: number } | undefined
}

/** What an exec decides, and a fork inherits. */
export interface ProcessImage {
  arguments?: string[]
  argumentsTruncated?: boolean
  sessionId?: number
  terminal?: string
  fileless?: boolean
  hash?: { sha256: string }
  container?: Container
}

/** What /proc tells of a process that runs already. */
export interface SeededProcess {
  pid: number
  parentPid: number
  startTicks: number
  uid: number
  euid: number
  gid: number
  name: string
  executable?: string
  image: ProcessImage
}

/** The processes above, nearest first. */
export function ancestorsOf(process: TrackedProcess): Ancestor[] {
  const ancestors: Ancestor[] = []
  for (let above = process.parent; above && ancestors.length < ancestorLimit; above = above.parent)
    ancestors.push(above.identity)
  return ancestors
}

/**
 * The process part of an event, shared by the events of a process until something of it or above it changes: it must not
 * be changed. The argument vector is included; the working directory is known at exec only.
 */
export function describe(process: TrackedProcess): Process {
  const { image, described: last } = process
  if (last && last.image === image && last.hash === image.hash && sameAncestors(process, last.process.ancestors))
    return last.process
  const described: Process = { ...process.identity }
  if (image.arguments) {
    described.arguments = image.arguments
    described.commandLine = image.arguments.join(' ')
  }
  if (image.argumentsTruncated) described.argumentsTruncated = true
  if (image.sessionId !== undefined) described.sessionId = image.sessionId
  if (image.terminal !== undefined) described.terminal = image.terminal
  if (image.fileless) described.fileless = true
  if (image.hash) described.hash = image.hash
  const ancestors = ancestorsOf(process)
  if (ancestors.length > 0) {
    described.parent = ancestors[0]
    described.ancestors = ancestors
  }
  process.described = { process: described, image, hash: image.hash }
  return described
}

function sameAncestors(process: TrackedProcess, ancestors: readonly Ancestor[] = []): boolean {
  let above = process.parent
  for (const ancestor of ancestors) {
    if (above?.identity !== ancestor) return false
    above = above.parent
  }
  return above === undefined || ancestors.length === ancestorLimit
}
