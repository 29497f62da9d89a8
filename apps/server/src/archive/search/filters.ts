/** Filters of blocks, read from the descriptions when they are asked for; the latest of the main ones stay in memory up to a bound. */
import { type FileHandle, open } from 'node:fs/promises'
import { type FilterPart, filterBytes, filterParts, mayHold, type Probe, partsFor } from './block-filter.ts'
import { descriptionPath, partAt, type StoredBlock, type StoredFile } from './stored-file.ts'

const cacheBytes = 96 * 1024 * 1024

export interface Chosen {
  file: StoredFile
  block: StoredBlock
}

export class Filters {
  readonly #cached = new Map<StoredFile, Uint8Array>()
  #bytes = 0

  /** Blocks within a time that may hold what all probes ask for. A description that cannot be read excludes nothing. */
  async candidates(
    files: readonly StoredFile[],
    { from, to }: { from: number; to: number },
    probes: readonly Probe[],
  ): Promise<Chosen[]> {
    const chosen: Chosen[] = []
    // One for all files: the parts that are seldom asked for are many times what may stay in memory.
    let room = new Uint8Array(0)
    for (const file of files) {
      if (file.to < from || file.from > to) continue
      let blocks = file.blocks.filter((block) => block.to >= from && block.from <= to)
      for (const part of filterParts) {
        const concerned = probes.filter((probe) => partsFor(probe).includes(part))
        if (concerned.length === 0 || blocks.length === 0) continue
        const length = file.blocks.length * filterBytes[part]
        if (part !== 'main' && room.length < length) room = new Uint8Array(length)
        const filters = part === 'main' ? await this.#main(file) : await readPart(file, part, room)
        if (filters) blocks = thatMayHold(blocks, file, part, filters, concerned)
      }
      for (const block of blocks) chosen.push({ file, block })
    }
    return chosen
  }

  async #main(file: StoredFile): Promise<Uint8Array | null> {
    const cached = this.#cached.get(file)
    if (cached) {
      this.#cached.delete(file)
      this.#cached.set(file, cached)
      return cached
    }
    const filters = await readPart(file, 'main', new Uint8Array(file.blocks.length * filterBytes.main))
    if (!filters) return null
    // Another question may have read it meanwhile.
    this.#bytes += filters.length - (this.#cached.get(file)?.length ?? 0)
    this.#cached.set(file, filters)
    for (const [other, oldest] of this.#cached) {
      if (this.#bytes <= cacheBytes) break
      this.#cached.delete(other)
      this.#bytes -= oldest.length
    }
    return filters
  }
}

function thatMayHold(
  blocks: StoredBlock[],
  file: StoredFile,
  part: FilterPart,
  filters: Uint8Array,
  probes: readonly Probe[],
): StoredBlock[] {
  const bytes = filterBytes[part]
  return blocks.filter((block) => {
    const place = file.blocks.indexOf(block)
    const filter = filters.subarray(place * bytes, (place + 1) * bytes)
    return probes.every((probe) => mayHold(part, filter, probe))
  })
}

/** The filters of all blocks of a file, at the beginning of `into`; null when they cannot be read. */
async function readPart(file: StoredFile, part: FilterPart, into: Uint8Array): Promise<Uint8Array | null> {
  const length = file.blocks.length * filterBytes[part]
  let handle: FileHandle | null = null
  try {
    handle = await open(descriptionPath(file.path), 'r')
    const { bytesRead } = await handle.read(into, 0, length, partAt(file, part))
    return bytesRead === length ? into : null
  } catch {
    return null
  } finally {
    await handle?.close()
  }
}
