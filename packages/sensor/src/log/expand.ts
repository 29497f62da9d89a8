/** A path with `*` in its components → the files that are there. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

const limit = 256

/** Whether a path names several files. */
export const isPattern = (path: string) => path.includes('*')

/** Existing paths that match, sorted; `*` stands for any characters but a slash. At most 256. */
export async function expandPattern(pattern: string): Promise<string[]> {
  let paths = ['/']
  for (const part of pattern.split('/').filter((one) => one !== '')) {
    if (!isPattern(part)) {
      paths = paths.map((path) => join(path, part))
      continue
    }
    const next: string[] = []
    for (const path of paths)
      for (const name of (await readdir(path).catch(() => [] as string[])).sort())
        if (matches(name, part) && next.length < limit) next.push(join(path, name))
    paths = next
  }
  return paths
}

/** Whether a path is one of those that a pattern names. */
export function matchesPattern(path: string, pattern: string): boolean {
  const [names, parts] = [path.split('/'), pattern.split('/')]
  return names.length === parts.length && parts.every((part, at) => matches(names[at] ?? '', part))
}

/** Whether a name matches a part with stars. Linear: each literal piece is searched once, from the left. */
function matches(name: string, part: string): boolean {
  if (!isPattern(part)) return name === part
  const pieces = part.split('*')
  const [first, last] = [pieces[0] ?? '', pieces.at(-1) ?? '']
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false
  let at = first.length
  const end = name.length - last.length
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at)
    if (found < 0 || found + piece.length > end) return false
    at = found + piece.length
  }
  return true
}
