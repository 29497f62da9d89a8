/** The vault on this host: a root-only folder with a key, and a folder for each entry with its container and what is known of it. */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/**
 * `copying`: the file stands where it was, the container is not whole. `sealed`: the container is whole, the file may still
 * stand. `quarantined`: only the container is left. `restored`, `deleted`: the container is gone, this note remains.
 */
export type VaultState = 'copying' | 'sealed' | 'quarantined' | 'restored' | 'deleted'

/** Everything that putting the file back exactly needs. Numbers beyond 2^53 are texts. */
export interface VaultEntry {
  entry: string
  state: VaultState
  path: string
  device: string
  inode: string
  sizeBytes: number
  sha256: string
  crc32: number
  ownerId: number
  groupId: number
  mode: number
  accessedNs: string
  modifiedNs: string
  /** Extended attributes, values in base64. */
  attributes: [name: string, value: string][]
  /** Flags as of chattr. */
  flags: number
  /** Names that the file had, this one included. */
  links: number
  /** The folder it stood in. */
  folder: { ownerId: number; groupId: number; mode: number }
  quarantinedAt: number
  keptUntil: number
  endedAt?: number
  restoredTo?: string
}

const keyBytes = 32
/** How long it is known what became of an entry. */
const noteMs = 30 * 24 * 3_600_000

export class Vault {
  readonly folder: string
  readonly key: Buffer

  /** Makes folder and key when they are missing. */
  constructor(responseDirectory: string) {
    this.folder = join(responseDirectory, 'vault')
    mkdirSync(this.folder, { recursive: true, mode: 0o700 })
    this.key = openKey(this.folder)
  }

  container(entry: string): string {
    return join(this.folder, entry, 'container')
  }

  read(entry: string): VaultEntry | undefined {
    try {
      return JSON.parse(readFileSync(join(this.folder, entry, 'entry.json'), 'utf8')) as VaultEntry
    } catch {
      return undefined
    }
  }

  /** Durable when it returns. */
  write(entry: VaultEntry): void {
    const folder = join(this.folder, entry.entry)
    if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(this.folder)
    const path = join(folder, 'entry.json')
    writeSynced(`${path}.new`, JSON.stringify(entry))
    renameSync(`${path}.new`, path)
    syncFolder(folder)
  }

  /** Takes the container away and keeps the note of what became of it. */
  close(entry: VaultEntry, state: 'restored' | 'deleted', restoredTo?: string): void {
    this.write({ ...entry, state, endedAt: Date.now(), ...(restoredTo !== undefined && { restoredTo }) })
    rmSync(this.container(entry.entry), { force: true })
  }

  /** Forgets an entry whose file still stands where it was. */
  abandon(entry: string): void {
    rmSync(join(this.folder, entry), { recursive: true, force: true })
  }

  entries(): VaultEntry[] {
    return readdirSync(this.folder, { withFileTypes: true })
      .filter((one) => one.isDirectory())
      .map((one) => this.read(one.name))
      .filter((one) => one !== undefined)
  }

  /** Bytes of what is kept. */
  usedBytes(): number {
    return this.entries().reduce(
      (sum, one) => sum + (one.state === 'restored' || one.state === 'deleted' ? 0 : one.sizeBytes),
      0,
    )
  }

  /** Destroys what is past its time, and in the end the notes of what became of it. */
  sweep(now: number): void {
    for (const entry of this.entries()) {
      if (entry.state === 'quarantined' && entry.keptUntil <= now) this.close(entry, 'deleted')
      else if ((entry.state === 'restored' || entry.state === 'deleted') && (entry.endedAt ?? 0) + noteMs <= now)
        this.abandon(entry.entry)
    }
  }
}

function openKey(folder: string): Buffer {
  const path = join(folder, 'key')
  try {
    const key = readFileSync(path)
    if (key.length === keyBytes) return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  // Written elsewhere and linked, so that a crash never leaves half a key; what an earlier key sealed is not overwritten.
  const fresh = `${path}.${process.pid}`
  writeSynced(fresh, randomBytes(keyBytes))
  try {
    linkSync(fresh, path)
  } finally {
    rmSync(fresh, { force: true })
  }
  syncFolder(folder)
  return readFileSync(path)
}

function writeSynced(path: string, content: string | Buffer): void {
  const fd = openSync(path, 'w', 0o600)
  try {
    writeSync(fd, content as string)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
