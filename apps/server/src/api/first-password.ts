/** The administrator of a new installation. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { People } from '../store/people.ts'
import { hashPassword, isPassword, randomPassword } from './passwords.ts'

/**
 * Makes `admin` when there is nobody yet. Until that person has signed in the password stays the same and is kept in a
 * private file, so that every start can show it. Null when it is not needed any more.
 */
export async function firstPassword(people: People, file: string, now: number): Promise<string | null> {
  const admin = people.user('admin')
  if (people.count() > 0 && !(admin && admin.signedInAt === null && admin.mustChange)) {
    if (!admin?.mustChange) rmSync(file, { force: true })
    return null
  }
  const kept = readIfThere(file)
  if (kept !== null && admin && (await isPassword(admin.password, kept))) return kept
  const password = kept ?? randomPassword()
  writeFileSync(file, password, { mode: 0o600, flush: true })
  const hashed = await hashPassword(password)
  if (admin) people.setPassword('admin', hashed, true)
  else people.add('admin', 'administrator', hashed, true, now)
  return password
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8') || null
  } catch {
    return null
  }
}
