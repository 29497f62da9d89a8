/** Paths of Sigma rules → their texts; what cannot be read is an issue like any other and stops nothing. */
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises'
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
 * a path given itself may be a pipe. Throws when a path given is not there.
 */
export async function readRuleFiles(
  paths: readonly string[],
): Promise<{ texts: RuleText[]; issues: SigmaIssue[]; files: number }> {
  const texts: RuleText[] = []
  const issues: SigmaIssue[] = []
  const found: { path: string; isGiven: boolean }[] = []
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) found.push({ path, isGiven: true })
    else {
      const below = await filesBelow(path, new Set(), issues)
      found.push(...below.sort().map((file) => ({ path: file, isGiven: false })))
    }
  }
  for (const { path, isGiven } of found) {
    try {
      const bytes = await read(path, isGiven)
      if (bytes.length < maxBytes) texts.push({ path, text: decode(bytes) })
      else issues.push(makeIssue('sigma.too-large', path, top, `the file has ${maxBytes} bytes or more`))
    } catch (error) {
      issues.push(unreadable(path, error))
    }
  }
  return { texts, issues, files: found.length }
}

async function filesBelow(directory: string, seen: Set<string>, issues: SigmaIssue[]): Promise<string[]> {
  const files: string[] = []
  try {
    const real = await realpath(directory)
    if (seen.has(real)) return files
    seen.add(real)
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue
      const path = join(directory, entry.name)
      const isDirectory = entry.isSymbolicLink() ? await isDirectoryLink(path) : entry.isDirectory()
      if (isDirectory) files.push(...(await filesBelow(path, seen, issues)))
      else if (/\.ya?ml$/i.test(entry.name)) files.push(path)
    }
  } catch (error) {
    issues.push(unreadable(directory, error))
  }
  return files
}

/** A link that leads nowhere is no directory; as a rule it is met again, and listed. */
async function isDirectoryLink(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

async function read(path: string, isGiven: boolean): Promise<Uint8Array> {
  // without O_NONBLOCK the opening of a pipe that nobody writes to would wait for ever
  const file = await open(path, constants.O_RDONLY | (isGiven ? 0 : constants.O_NONBLOCK))
  try {
    if (!isGiven && !(await file.stat()).isFile()) throw new Error('it is no regular file')
    return await readAtMost(file, maxBytes)
  } finally {
    await file.close()
  }
}

async function readAtMost(file: FileHandle, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  while (length < most) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(65_536, most - length)))
    if (bytesRead === 0) break
    chunks.push(buffer.subarray(0, bytesRead))
    length += bytesRead
  }
  return Buffer.concat(chunks)
}

/** YAML is UTF-8, or UTF-16 when its byte order mark says so. */
function decode(bytes: Uint8Array): string {
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
