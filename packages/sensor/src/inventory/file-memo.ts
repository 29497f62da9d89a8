/** Files and folders of the host, read again only when they changed since: one `stat` each otherwise. */
import { constants, type Stats } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'

const fileLimit = 4 * 1024 * 1024
const filesLimit = 5000
/** A file that changed so lately may change again without its times telling: it is read once more. */
const settledMs = 2_000

interface Entry {
  signature: string
  value: unknown
  turn: number
}

export interface ReadOptions {
  /** Bytes that are read at most. */
  most?: number
  /** Not through a link at the end of the path: for folders that others than root may write to. */
  noLinks?: boolean
}

/** Turns the text of files into what is kept of it. What a whole turn did not ask for is forgotten. */
export class FileMemo {
  readonly #entries = new Map<string, Entry>()
  #turn = 0
  /** Files and folders read so far, for measuring. */
  reads = 0

  /** Begins a turn, after forgetting what the last one did not ask for. */
  begin(): void {
    for (const [key, { turn }] of this.#entries) if (turn < this.#turn) this.#entries.delete(key)
    this.#turn++
  }

  /**
   * What `parse` makes of a regular file; undefined when it is none or cannot be read. `parse` has to give the same for the same text
   * and place: its value is kept under path and `use`.
   */
  async file<T>(
    path: string,
    use: string,
    parse: (text: string, at: number) => T,
    options: ReadOptions = {},
  ): Promise<T | undefined> {
    const key = `${use} ${path}`
    const known = this.#entries.get(key)
    if (known) {
      const info = await stat(path).catch(() => undefined)
      if (info && signatureOf(info) === known.signature) {
        known.turn = this.#turn
        return known.value as T
      }
    }
    const read = await readRegular(path, options)
    if (read === undefined) return undefined
    this.reads++
    const value = parse(read.text, read.info.mtimeMs)
    this.#keep(key, read.info, value)
    return value
  }

  /** Names in a folder, sorted, at most 5,000; none when it cannot be read. */
  async names(path: string): Promise<readonly string[]> {
    const key = `names ${path}`
    const info = await stat(path).catch(() => undefined)
    if (!info?.isDirectory()) return []
    const known = this.#entries.get(key)
    if (known?.signature === signatureOf(info)) {
      known.turn = this.#turn
      return known.value as string[]
    }
    this.reads++
    const names = (await readdir(path).catch(() => [] as string[])).slice(0, filesLimit).sort()
    this.#keep(key, info, names)
    return names
  }

  #keep(key: string, info: Stats, value: unknown): void {
    const isSettled = Date.now() - Math.max(info.mtimeMs, info.ctimeMs) > settledMs
    if (isSettled) this.#entries.set(key, { signature: signatureOf(info), value, turn: this.#turn })
    else this.#entries.delete(key)
  }
}

/** Changes with every write, rename, chmod and replacement. */
export function signatureOf({ dev, ino, size, mode, mtimeMs, ctimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mode} ${mtimeMs} ${ctimeMs}`
}

/** Reads a regular file, at most so many bytes; pipes and devices in its place are not waited for. */
export async function readRegular(
  path: string,
  { most = fileLimit, noLinks = false }: ReadOptions = {},
): Promise<{ text: string; info: Stats } | undefined> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (noLinks ? constants.O_NOFOLLOW : 0)
  const handle = await open(path, flags).catch(() => undefined)
  if (!handle) return undefined
  try {
    const info = await handle.stat()
    if (!info.isFile()) return undefined
    // Files of /proc have no size.
    const size = info.size === 0 ? most : Math.min(info.size, most)
    const pieces: Buffer[] = []
    let total = 0
    while (total < size) {
      const buffer = Buffer.allocUnsafe(Math.min(info.size === 0 ? 65_536 : 1 << 20, size - total))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) break
      pieces.push(buffer.subarray(0, bytesRead))
      total += bytesRead
    }
    return { text: Buffer.concat(pieces).toString('utf8'), info }
  } catch {
    return undefined
  } finally {
    await handle.close()
  }
}

/** The text alone, of files that have to be read each time. */
export async function readText(path: string, most?: number): Promise<string | undefined> {
  return (await readRegular(path, most === undefined ? {} : { most }))?.text
}
