/** Which files the packaged agent needs: entrances in, every file of ours that they load and every npm package out. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

export interface Needed {
  /** Files of the repository, relative to its root. */
  files: string[]
  /** Names of npm packages that they import. */
  packages: string[]
}

/** Imports that stay at run time: `import type` and `export type` are gone when types are stripped. */
const imports =
  /(?:^|\n)\s*(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|\bnew URL\(\s*'(\.[^']+\.ts)'/g

/** Follows static and dynamic imports, and `new URL('./x.ts', import.meta.url)`, from the entrances (relative to `root`). */
export function findNeeded(root: string, entrances: readonly string[]): Needed {
  const files = new Set<string>()
  const packages = new Set<string>()
  const waiting = [...entrances]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue
    files.add(file)
    const text = readFileSync(join(root, file), 'utf8')
    for (const [, fixed, dynamic, url] of text.matchAll(imports)) {
      const name = fixed ?? dynamic ?? url ?? ''
      if (name.startsWith('node:')) continue
      if (name.startsWith('.')) waiting.push(relative(root, resolve(root, dirname(file), name)))
      else if (name.startsWith('@rampart/')) waiting.push(entranceOf(root, name))
      else packages.add(name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : (name.split('/')[0] ?? name))
    }
  }
  for (const file of [...files]) {
    const manifest = join(...file.split('/').slice(0, 2), 'package.json')
    if (existsSync(join(root, manifest))) files.add(manifest)
  }
  return { files: [...files].sort(), packages: [...packages].sort() }
}

/** `@rampart/sensor/host` → `packages/sensor/src/host.ts`. */
function entranceOf(root: string, name: string): string {
  const [, short = '', ...rest] = name.split('/')
  const folder = ['packages', 'apps'].map((place) => join(place, short)).find((place) => existsSync(join(root, place)))
  if (folder === undefined) throw new Error(`${name} is no workspace`)
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { exports: unknown }
  const key = rest.length === 0 ? '.' : `./${rest.join('/')}`
  const target = (manifest.exports as Record<string, string>)[key]
  if (target === undefined) throw new Error(`${folder} does not export ${key}`)
  return join(folder, target)
}
