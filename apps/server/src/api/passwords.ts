/** Passwords: hashing, and the ones that the server makes itself. */
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

/** Argon2id as OWASP advises: 19 MiB, 2 passes, 1 lane. */
const argon2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export function hashPassword(password: string): Promise<string> {
  return hash(password, argon2)
}

/** False too for a hash that is none. */
export function isPassword(hashed: string, password: string): Promise<boolean> {
  return verify(hashed, password).catch(() => false)
}

/** 20 characters without those that are mistaken for others: more than 110 bits. */
export function randomPassword(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
  const characters: string[] = []
  while (characters.length < 20) {
    const [byte = 255] = randomBytes(1)
    // Bytes past the last whole multiple would favour the first letters.
    if (byte < 256 - (256 % letters.length)) characters.push(letters[byte % letters.length] ?? '')
  }
  return characters.join('').replace(/(.{5})(?=.)/g, '$1-')
}
