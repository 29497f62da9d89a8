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
  const found: { path: string; isGiven: boolean }[] = []
  for (const path of paths) {
    if (!statSync(path).isDirectory()) found.push({ path, isGiven: true })
    else {
      const below = filesBelow(path, new Set(), issues)
      found.push(...below.sort().map((file) => ({ path: file, isGiven: false })))
    }
  }
  for (const { path, isGiven } of found) {
    try {
      const bytes = read(path, isGiven)
      if (bytes.length < maxBytes) texts.push({ path, text: decodeText(bytes) })
      else issues.push(makeIssue('sigma.too-large', path, top, `the file has ${maxBytes} bytes or more`))
    } catch (error) {
      issues.push(unreadable(path, error))
    }
  }
  return { texts, issues, files: found.length }
}

function filesBelow(directory: string, seen: Set<string>, issues: SigmaIssue[]): string[] {
  const files: string[] = []
  try {
    const real = realpathSync(directory)
    if (seen.has(real)) return files
    seen.add(real)
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue
      const path = join(directory, entry.name)
      const isDirectory = entry.isSymbolicLink() ? isDirectoryLink(path) : entry.isDirectory()
      if (isDirectory) files.push(...filesBelow(path, seen, issues))
      else if (/\.ya?ml$/i.test(entry.name)) files.push(path)
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

function read(path: string, isGiven: boolean): Uint8Array {
  // without O_NONBLOCK the opening of a pipe that nobody writes to would wait for ever
  const file = openSync(path, constants.O_RDONLY | (isGiven ? 0 : constants.O_NONBLOCK))
  try {
    const found = fstatSync(file)
    if (!isGiven && !found.isFile()) throw new Error('it is no regular file')
    const pieces: Uint8Array[] = []
    let length = 0
    while (length < maxBytes) {
      const piece = Buffer.allocUnsafe(
        Math.min(length === 0 && found.size > 0 ? found.size + 1 : 65_536, maxBytes - length),
      )
      const count = readSync(file, piece)
      if (count === 0) break
      pieces.push(piece.subarray(0, count))
      length += count
    }
    return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
  } finally {
    closeSync(file)
  }
}

/** UTF-8, or UTF-16 when its byte order mark says so. */
export function decodeText(bytes: Uint8Array): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
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
