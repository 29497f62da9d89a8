/** One-time codes by time (RFC 6238: SHA-1, 30 s, 6 digits) and the codes for who lost the device. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const stepMs = 30_000
/** Steps before and after the present one whose code is taken too: clocks differ, people type slowly. */
const tolerance = 1
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** 160 random bits in base32, as RFC 4226 advises. */
export function newCodeSecret(): string {
  return toBase32(randomBytes(20))
}

function toBase32(bytes: Uint8Array): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

function fromBase32(text: string): Buffer {
  let bits = ''
  for (const character of text) bits += alphabet.indexOf(character).toString(2).padStart(5, '0')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)))
}

/** The code of one step. */
export function codeAt(secret: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', fromBase32(secret)).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0x0f
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** The step whose code this is, or null. A step up to `lastStep` was used before and is not taken again. */
export function stepOfCode(secret: string, code: string, now: number, lastStep: number): number | null {
  if (!/^\d{6}$/.test(code)) return null
  const present = Math.floor(now / stepMs)
  for (let step = present - tolerance; step <= present + tolerance; step++)
    if (step > lastStep && timingSafeEqual(Buffer.from(codeAt(secret, step)), Buffer.from(code))) return step
  return null
}

/** What an authenticator takes, as a link or a QR code. */
export function codeUri(user: string, host: string, secret: string): string {
  const label = encodeURIComponent(`Rampart ${host}:${user}`)
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(`Rampart ${host}`)}`
}

/** Ten codes of 50 bits, each good once. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: 10 }, () => toBase32(randomBytes(7)).slice(0, 10).toLowerCase().replace(/^.{5}/, '$&-'))
}

export function hashRecoveryCode(code: string): string {
  const plain = code.toLowerCase().replace(/[^a-z2-7]/g, '')
  return createHash('sha256').update(`recovery ${plain}`).digest('base64url')
}
