/** npm packages as installed, with what they depend on, into the folder of the packaged agent; without what only developers read. */
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export interface CopiedPackage {
  name: string
  version: string
  licence: string
}
interface Manifest {
  version: string
  license?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/** Optional packages that the agent does better without: plain JavaScript does the same, or the file is for another machine. */
const leftOut = /^msgpackr-extract$|^@koromix\/koffi-(?!linux-)/
const folders = new Set(['doc', 'docs', 'test', 'tests', 'vendor', 'benchmark', 'node_modules'])
const needless = /\.(?:md|map|ts|cts|mts|c|cc|cpp|h|hh|S|asm|def|txt)$/i

/** `architecture` as Node calls it. Throws when a package is not installed. */
export function copyPackages(
  root: string,
  names: readonly string[],
  target: string,
  architecture: string,
): CopiedPackage[] {
  const copied = new Map<string, CopiedPackage>()
  const waiting = [...names]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (copied.has(name)) continue
    const from = join(root, 'node_modules', name)
    if (!existsSync(from)) throw new Error(`the npm package ${name} is not installed`)
    const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as Manifest
    copied.set(name, { name, version: manifest.version, licence: manifest.license ?? 'see its files' })
    cpSync(from, join(target, 'node_modules', name), {
      recursive: true,
      filter: (path) => path === from || isWanted(name, path.slice(from.length), architecture),
    })
    waiting.push(...Object.keys(manifest.dependencies ?? {}))
    // What is installed of the optional ones is what fits this machine.
    for (const optional of Object.keys(manifest.optionalDependencies ?? {}))
      if (!leftOut.test(optional) && existsSync(join(root, 'node_modules', optional))) waiting.push(optional)
  }
  return [...copied.values()].sort((a, b) => a.name.localeCompare(b.name))
}

function isWanted(name: string, path: string, architecture: string): boolean {
  const last = basename(path)
  if (/^licen[cs]e|^copying|^notice/i.test(last)) return true
  if (name.startsWith('@koromix/') && path.includes('musl_')) return false
  if (name.startsWith('@koromix/') && /^linux_/.test(last)) return last === `linux_${architecture}`
  // Folders of sources are left out at the top only: deeper ones are part of a build.
  if (path.lastIndexOf('/') === 0 && folders.has(last)) return false
  return !needless.test(last)
}
