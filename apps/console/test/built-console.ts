/** Builds the console into a directory of its own for one test file, and removes it afterwards. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

export interface ManifestChunk {
  file: string
  imports?: string[]
  dynamicImports?: string[]
}

export interface BuiltConsole {
  dist: string
  manifest: Record<string, ManifestChunk>
  remove: () => void
}

export async function buildConsole(): Promise<BuiltConsole> {
  const dist = mkdtempSync(join(tmpdir(), 'rampart-console-'))
  await build({
    root: new URL('..', import.meta.url).pathname,
    logLevel: 'error',
    build: { outDir: dist, emptyOutDir: true },
  })
  return {
    dist,
    manifest: JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')),
    remove: () => rmSync(dist, { recursive: true, force: true }),
  }
}
