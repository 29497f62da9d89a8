/**
 * A zip archive with one stored file, encrypted with the customary password `infected`: analysts' tools open it, and nothing runs or
 * matches it by accident. PKWARE's traditional encryption (APPNOTE.TXT 6.1); it protects against accidents, not against readers.
 */
import { randomBytes } from 'node:crypto'

const password = 'infected'
const headerBytes = 12

const table = new Int32Array(256).map((_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

class ZipCipher {
  #k0 = 0x12345678
  #k1 = 0x23456789
  #k2 = 0x34567890

  constructor() {
    for (const byte of Buffer.from(password, 'latin1')) this.#update(byte)
  }

  #update(byte: number): void {
    this.#k0 = (table[(this.#k0 ^ byte) & 0xff] as number) ^ (this.#k0 >>> 8)
    this.#k1 = (Math.imul(this.#k1 + (this.#k0 & 0xff), 134_775_813) + 1) | 0
    this.#k2 = (table[(this.#k2 ^ (this.#k1 >>> 24)) & 0xff] as number) ^ (this.#k2 >>> 8)
  }

  /** In place. */
  encrypt(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) {
      const plain = bytes[at] as number
      const key = (this.#k2 | 2) & 0xffff
      bytes[at] = plain ^ ((Math.imul(key, key ^ 1) >>> 8) & 0xff)
      this.#update(plain)
    }
  }
}

export interface InfectedZip {
  head: Buffer
  /** Encrypts a piece of the content, in order. */
  piece(plain: Buffer): Buffer
  tail: Buffer
}

/** `name` is of the file inside. Size and CRC-32 have to be those of the content that follows. */
export function infectedZip(name: string, sizeBytes: number, crc32: number): InfectedZip {
  const cipher = new ZipCipher()
  const guard = randomBytes(headerBytes)
  guard[headerBytes - 1] = crc32 >>> 24
  cipher.encrypt(guard)
  const nameBytes = Buffer.from(name, 'utf8')
  // Version 2.0; encrypted, UTF-8 name; stored; 1980-01-01.
  const common = Buffer.alloc(26)
  common.writeUInt16LE(20, 0)
  common.writeUInt16LE(0x0801, 2)
  common.writeUInt16LE(0x21, 8)
  common.writeUInt32LE(crc32, 10)
  common.writeUInt32LE(sizeBytes + headerBytes, 14)
  common.writeUInt32LE(sizeBytes, 18)
  common.writeUInt16LE(nameBytes.length, 22)
  const head = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, nameBytes, guard])
  const entry = Buffer.concat([
    Buffer.from('PK\x01\x02', 'latin1'),
    Buffer.from([20, 3]),
    common,
    Buffer.alloc(14),
    nameBytes,
  ])
  const end = Buffer.alloc(18)
  end.writeUInt16LE(1, 4)
  end.writeUInt16LE(1, 6)
  end.writeUInt32LE(entry.length, 8)
  end.writeUInt32LE(head.length + sizeBytes, 12)
  return {
    head,
    piece(plain) {
      const bytes = Buffer.from(plain)
      cipher.encrypt(bytes)
      return bytes
    },
    tail: Buffer.concat([entry, Buffer.from('PK\x05\x06', 'latin1'), end]),
  }
}
