/** Filters of blocks, read from the descriptions when they are asked for; the latest stay in memory up to a bound. */
import { open } from 'node:fs/promises'
import { filterBytes, mayHold, type Probe } from './block-filter.ts'
import { descriptionPath, type StoredBlock, type StoredFile } from './stored-file.ts'

const cacheBytes = 96 * 1024 * 1024

export class Filters {
  readonly #cached = new Map<string, Uint8Array>()
  #bytes = 0

  /** Blocks of a file that may hold what all probes ask for. A description that cannot be read excludes nothing. */
  async candidates(file: StoredFile, blocks: StoredBlock[], probes: readonly Probe[]): Promise<StoredBlock[]> {
    if (probes.length === 0 || blocks.length === 0) return blocks
    const filters = await this.#read(file)
    if (!filters) return blocks
    const first = file.blocks[0]?.number ?? 0
    return blocks.filter(({ number }) => {
      const filter = filters.subarray((number - first) * filterBytes, (number - first + 1) * filterBytes)
      return probes.every((probe) => mayHold(filter, probe))
    })
  }

  async #read(file: StoredFile): Promise<Uint8Array | null> {
    const cached = this.#cached.get(file.path)
    if (cached) {
      this.#cached.delete(file.path)
      this.#cached.set(file.path, cached)
      return cached
    }
    const bytes = new Uint8Array(file.blocks.length * filterBytes)
    try {
      const handle = await open(descriptionPath(file.path), 'r')
      try {
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, file.filtersAt)
        if (bytesRead !== bytes.length) return null
      } finally {
        await handle.close()
      }
    } catch {
      return null
    }
    this.#cached.set(file.path, bytes)
    this.#bytes += bytes.length
    for (const [path, oldest] of this.#cached) {
      if (this.#bytes <= cacheBytes) break
      this.#cached.delete(path)
      this.#bytes -= oldest.length
    }
    return bytes
  }
}
