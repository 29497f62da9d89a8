// SHA-256 of a text in plain JavaScript: ids must be the same everywhere and cannot be steered by an attacker.
import { utf8 } from './encode.ts'

const primes: number[] = []
for (let candidate = 2; primes.length < 64; candidate++)
  if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
const fraction = (value: number): number => ((value - Math.floor(value)) * 0x100000000) | 0
const roundConstants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)))
const startState = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))

/** SHA-256 of the text's UTF-8 bytes, as 64 hexadecimal digits (FIPS 180-4). */
export function sha256(text: string): string {
  const bytes = utf8(text)
  const padded = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x20000000))
  view.setUint32(padded.length - 4, bytes.length << 3)
  const state = Int32Array.from(startState)
  const words = new Int32Array(64)
  for (let offset = 0; offset < padded.length; offset += 64) {
    for (let index = 0; index < 16; index++) words[index] = view.getInt32(offset + index * 4)
    for (let index = 16; index < 64; index++) words[index] = extend(words, index)
    compress(state, words)
  }
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

const rotate = (word: number, count: number): number => (word >>> count) | (word << (32 - count))

function extend(words: Int32Array, index: number): number {
  const early = words[index - 15] ?? 0
  const late = words[index - 2] ?? 0
  const low = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
  const high = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
  return ((words[index - 16] ?? 0) + low + (words[index - 7] ?? 0) + high) | 0
}

function compress(state: Int32Array, words: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let index = 0; index < 64; index++) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const choice = (e & f) ^ (~e & g)
    const first = (h + sum1 + choice + (roundConstants[index] ?? 0) + (words[index] ?? 0)) | 0
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + sum0 + majority) | 0
  }
  const added = [a, b, c, d, e, f, g, h]
  for (let index = 0; index < 8; index++) state[index] = ((state[index] ?? 0) + (added[index] ?? 0)) | 0
}

/** A UUID-shaped id (version 8) from the digest of a text. */
export function derivedId(text: string): string {
  const hex = sha256(text)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
