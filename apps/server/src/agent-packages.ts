/** Packages of the agent that this server hands out: a folder of `make agent-package` in, the newest one per architecture out. */
import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { compareVersions, type PackageArchitecture, type PackageStatement, packageFilePattern } from '@rampart/api'

export interface AgentPackage extends PackageStatement {
  path: string
}

export class AgentPackages {
  readonly #directory: string
  /** Checksums by path, with the size and time of the file they were made from. */
  readonly #sums = new Map<string, { stamp: string; sha256: string }>()

  constructor(directory: string) {
    this.#directory = directory
  }

  get directory(): string {
    return this.#directory
  }

  /** The newest package for an architecture; null when the folder has none. Reads the file when it is new to us. */
  async latest(architecture: PackageArchitecture): Promise<AgentPackage | null> {
    const newest = this.#names()
      .filter((one) => one.architecture === architecture)
      .sort((a, b) => compareVersions(b.version, a.version))[0]
    return newest === undefined ? null : this.#open(newest)
  }

  /** The version of that package, without reading the file. */
  newestVersion(architecture: PackageArchitecture): string | null {
    const versions = this.#names().flatMap((one) => (one.architecture === architecture ? [one.version] : []))
    return versions.sort((a, b) => compareVersions(b, a))[0] ?? null
  }

  /** A package by the name of its file. */
  async byFile(file: string): Promise<AgentPackage | null> {
    const found = this.#names().find((one) => one.file === file)
    return found === undefined ? null : this.#open(found)
  }

  #names(): { file: string; version: string; architecture: PackageArchitecture }[] {
    let names: string[] = []
    try {
      names = readdirSync(this.#directory)
    } catch {
      // No package was built here.
    }
    return names.flatMap((file) => {
      const [, version, architecture] = packageFilePattern.exec(file) ?? []
      return version === undefined ? [] : [{ file, version, architecture: architecture as PackageArchitecture }]
    })
  }

  async #open(name: {
    file: string
    version: string
    architecture: PackageArchitecture
  }): Promise<AgentPackage | null> {
    const path = join(this.#directory, name.file)
    try {
      const { size, mtimeMs } = statSync(path)
      const stamp = `${size} ${mtimeMs}`
      const known = this.#sums.get(path)
      const sha256 = known?.stamp === stamp ? known.sha256 : await sumOf(path)
      this.#sums.set(path, { stamp, sha256 })
      return { ...name, path, sha256, sizeBytes: size }
    } catch {
      // Removed meanwhile.
      return null
    }
  }
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
