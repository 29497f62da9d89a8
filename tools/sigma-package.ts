/**
 * Builds packages/sigma as others install it: `tools/sigma-package.ts [DIRECTORY]` writes JavaScript, types, README and
 * API.md to the directory (default build/sigma), from where `npm pack` or `npm publish` takes them.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'packages/sigma')

/** Writes JavaScript and types of packages/sigma/src to the directory. */
export function emitSigma(directory: string, only?: 'types'): void {
  const folder = mkdtempSync(join(tmpdir(), 'rampart-sigma-types-'))
  try {
    const config = join(folder, 'tsconfig.json')
    writeFileSync(
      config,
      JSON.stringify({
        extends: join(root, 'tsconfig.base.json'),
        compilerOptions: {
          noEmit: false,
          declaration: true,
          emitDeclarationOnly: only === 'types',
          rewriteRelativeImportExtensions: true,
          rootDir: join(source, 'src'),
          outDir: directory,
        },
        files: [join(source, 'src/index.ts')],
      }),
    )
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'pipe' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The whole package in an empty or new directory. */
export function buildSigmaPackage(directory: string): void {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  emitSigma(join(directory, 'dist'))
  const { name, version, description, license, type, dependencies } = JSON.parse(
    readFileSync(join(source, 'package.json'), 'utf8'),
  )
  const shipped = {
    ...{ name, version, description, license, type, sideEffects: false },
    ...{ exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } }, files: ['dist', 'API.md'] },
    ...{ engines: { node: '>=22' }, dependencies },
  }
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(shipped, null, 2)}\n`)
  for (const file of ['README.md', 'API.md']) copyFileSync(join(source, file), join(directory, file))
  copyFileSync(join(root, 'LICENSE'), join(directory, 'LICENSE'))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const directory = resolve(process.argv[2] ?? join(root, 'build/sigma'))
  buildSigmaPackage(directory)
  console.log(`${directory}: npm pack ${directory}`)
}
