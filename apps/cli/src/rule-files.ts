/** Paths of Sigma rules → their texts; what cannot be read is an issue like any other and stops nothing. */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeIssue, type SigmaIssue } from '@rampart/sigma'

export interface RuleText {
  path: string
  text: string
}

/** Bytes of one file: more than the characters that a rule may have need. */
const maxBytes = 4_100_000
/** Bytes that are read at once; nearly every rule has fewer. */
const bufferLength = 65_536

const top = { line: 1, column: 1 }

/**
 * Reads each file given, and below each directory every `.yml` and `.yaml` file in the order of their paths, but for
 * names that begin with a dot. Links are followed, each directory once. In a directory only regular files are read;
 * a path given itself may be a pipe. Throws when a path given is not there. In turn: of thousands of small files that
 * costs a third of reading them side by side.
 */
export function readRuleFiles(paths: readonly string[]): { texts: RuleText[]; issues: SigmaIssue[]; files: number } {
  const texts: RuleText[] = []
  const issues: SigmaIssue[] = []
  const buffer = Buffer.allocUnsafe(bufferLength)
  const found: { path: string; kind: Kind }[] = []
  for (const path of paths) {
    if (!statSync(path).isDirectory()) found.push({ path, kind: 'given' })
    else {
      const others = new Set<string>()
      const below = filesBelow(path, new Set(), others, issues)
      for (const file of below.sort()) found.push({ path: file, kind: others.has(file) ? 'unknown' : 'regular' })
    }
  }
  for (const { path, kind } of found) {
    try {
      const bytes = readBytes(path, kind, buffer)
      if (bytes.length < maxBytes) texts.push({ path, text: decodeText(bytes) })
      else issues.push(makeIssue('sigma.too-large', path, top, `the file has ${maxBytes} bytes or more`))
    } catch (error) {
      issues.push(unreadable(path, error))
    }
  }
  return { texts, issues, files: found.length }
}

/** What may be read: a path given may be anything, others only regular files; of links the kind is not known yet. */
type Kind = 'given' | 'regular' | 'unknown'

/** Adds to `others` those that the directory does not call regular files. */
function filesBelow(directory: string, seen: Set<string>, others: Set<string>, issues: SigmaIssue[]): string[] {
  const files: string[] = []
  try {
    const real = realpathSync.native(directory)
    if (seen.has(real)) return files
    seen.add(real)
    // as `join` writes it, once for all its entries
    const prefix = join(directory, '-').slice(0, -1)
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const { name } = entry
      if (name.startsWith('.')) continue
      const path = prefix + name
      const isDirectory = entry.isSymbolicLink() ? isDirectoryLink(path) : entry.isDirectory()
      if (isDirectory) for (const file of filesBelow(path, seen, others, issues)) files.push(file)
      else if (/\.ya?ml$/i.test(name)) {
        files.push(path)
        if (!entry.isFile()) others.add(path)
      }
    }
  } catch (error) {
    issues.push(unreadable(directory, error))
  }
  return files
}

/** A link that leads nowhere is no directory; as a rule it is met again, and listed. */
function isDirectoryLink(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

// without O_NONBLOCK the opening of a pipe that nobody writes to would wait for ever
const openFlags: Readonly<Record<Kind, number>> = {
  given: 0,
  regular: constants.O_NONBLOCK | constants.O_NOFOLLOW,
  unknown: constants.O_NONBLOCK,
}

/** The bytes of a file, up to the most that is read; in the buffer, until the next file, when they fit into it. */
function readBytes(path: string, kind: Kind, buffer: Buffer): Buffer {
  const file = openSync(path, constants.O_RDONLY | openFlags[kind])
  try {
    if (kind === 'unknown' && !fstatSync(file).isFile()) throw new Error('it is no regular file')
    const pieces: Buffer[] = []
    let length = 0
    let filled = 0
    while (length < maxBytes) {
      if (filled === buffer.length) {
        pieces.push(Buffer.from(buffer))
        filled = 0
      }
      const count = readSync(file, buffer, filled, Math.min(buffer.length - filled, maxBytes - length), null)
      if (count === 0) break
      filled += count
      length += count
    }
    const last = buffer.subarray(0, filled)
    return pieces.length === 0 ? last : Buffer.concat([...pieces, last])
  } finally {
    closeSync(file)
  }
}

/** UTF-8, or UTF-16 when its byte order mark says so. */
export function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return bytes.toString('utf8', isMarked ? 3 : 0)
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  ENOENT: 'it leads nowhere',
  ELOOP: 'it leads back to itself',
  ENXIO: 'it is no regular file',
}

function unreadable(path: string, error: unknown): SigmaIssue {
  const { code, message } = error as NodeJS.ErrnoException
  const reason = (code !== undefined && reasons[code]) || message
  return makeIssue('sigma.unreadable', path, top, reason)
}
