/**
 * Bytes ↔ a file that no scanner, interpreter or loader takes for what it holds: AES-256-GCM in chunks, each with its number
 * and whether it is the last one, so that a cut, swapped or changed container is noticed.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import { readSync, writeSync } from 'node:fs'
import { setImmediate as breathe } from 'node:timers/promises'
import { crc32 } from 'node:zlib'

const magic = Buffer.from('RMPVLT1\n', 'latin1')
const chunkBytes = 64 * 1024
const tagBytes = 16
const breatheEvery = 64

export interface Digest {
  sizeBytes: number
  sha256: string
  crc32: number
}

/** A key for one entry only. */
export function entryKey(vaultKey: Buffer, entry: string): Buffer {
  return Buffer.from(hkdfSync('sha256', vaultKey, entry, 'rampart vault entry', 32))
}

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(number, 6, 6)
  return nonce
}

const lastMark = (last: boolean) => Buffer.from([last ? 1 : 0])

/** Reads `from` to its end and writes the container to `to`. Stops with what it has when more than `limitBytes` come. */
export async function seal(
  from: number,
  to: number,
  key: Buffer,
  limitBytes: number,
  progress: (bytes: number) => void,
): Promise<Digest> {
  const hash = createHash('sha256')
  let checksum = 0
  let sizeBytes = 0
  writeAll(to, magic)
  let chunk = readChunk(from)
  for (let number = 0; ; number++) {
    const next = chunk.length < chunkBytes ? Buffer.alloc(0) : readChunk(from)
    const last = next.length === 0
    hash.update(chunk)
    checksum = crc32(chunk, checksum)
    sizeBytes += chunk.length
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number))
    cipher.setAAD(lastMark(last))
    const body = Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(chunk.length)
    writeAll(to, Buffer.concat([length, lastMark(last), body]))
    if (last || sizeBytes > limitBytes) return { sizeBytes, sha256: hash.digest('hex'), crc32: checksum }
    chunk = next
    if (number % breatheEvery === breatheEvery - 1) {
      progress(sizeBytes)
      await breathe()
    }
  }
}

/** Gives the content in pieces; throws `vault.damaged` when the container is not whole and unchanged. */
export async function unseal(
  from: number,
  key: Buffer,
  take: (piece: Buffer) => void | Promise<void>,
): Promise<Digest> {
  const hash = createHash('sha256')
  let checksum = 0
  let sizeBytes = 0
  if (!readExactly(from, magic.length).equals(magic)) throw new DamagedError()
  for (let number = 0; ; number++) {
    const head = readExactly(from, 5)
    const length = head.readUInt32BE(0)
    const last = head[4] === 1
    if (length > chunkBytes) throw new DamagedError()
    const body = readExactly(from, length + tagBytes)
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number))
    decipher.setAAD(lastMark(last))
    decipher.setAuthTag(body.subarray(length))
    let piece: Buffer
    try {
      piece = Buffer.concat([decipher.update(body.subarray(0, length)), decipher.final()])
    } catch {
      throw new DamagedError()
    }
    hash.update(piece)
    checksum = crc32(piece, checksum)
    sizeBytes += piece.length
    await take(piece)
    if (last) return { sizeBytes, sha256: hash.digest('hex'), crc32: checksum }
    if (number % breatheEvery === breatheEvery - 1) await breathe()
  }
}

export class DamagedError extends Error {
  readonly code = 'vault.damaged'
  constructor() {
    super('the container in the vault is damaged')
  }
}

/** A full chunk, or what is left. */
function readChunk(fd: number): Buffer {
  const chunk = Buffer.allocUnsafe(chunkBytes)
  let filled = 0
  for (let read = -1; read !== 0 && filled < chunkBytes; filled += read)
    read = readSync(fd, chunk, filled, chunkBytes - filled, null)
  return chunk.subarray(0, filled)
}

function readExactly(fd: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  for (let filled = 0; filled < length; ) {
    const read = readSync(fd, bytes, filled, length - filled, null)
    if (read === 0) throw new DamagedError()
    filled += read
  }
  return bytes
}

export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written, bytes.length - written)
}
