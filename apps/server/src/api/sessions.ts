/** Who calls: password in, session cookie out; cookie in, user out. Only hashes are stored. */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hash, verify } from '@node-rs/argon2'
import type { AssetScope } from '@rampart/alert'
import { fail, ok, type Result } from '../errors.ts'
import type { People, Role, User } from '../store/people.ts'
import { Throttle, throttleKey } from '../throttle.ts'

export interface SignedIn {
  user: User
  /** What the browser sends back with every change. */
  csrfToken: string
  /** Hash under which the session is stored. */
  hash: string
}

export interface SignInRefused {
  code: 'session.wrong-password' | 'session.too-many-tries' | 'session.password-reused'
  message: string
}

/** Argon2id as OWASP advises: 19 MiB, 2 passes, 1 lane. */
const argon2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const idleMs = 8 * 3_600_000
const absoluteMs = 7 * 24 * 3_600_000
const touchEveryMs = 60_000

const digest = (text: string) => createHash('sha256').update(text).digest('base64url')

export function hashPassword(password: string): Promise<string> {
  return hash(password, argon2)
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

export class Sessions {
  readonly #people: People
  readonly #firstPasswordFile: string
  readonly #now: () => number
  readonly #perUser = new Throttle(10, 5 * 60_000)
  readonly #perAddress = new Throttle(30, 5 * 60_000)
  #dummy: Promise<string> | null = null

  constructor(people: People, firstPasswordFile: string, now: () => number) {
    this.#people = people
    this.#firstPasswordFile = firstPasswordFile
    this.#now = now
  }

  /**
   * Makes the administrator of a new installation. Until that person has signed in the password stays the same and is
   * kept in a private file, so that every start can show it.
   */
  async firstPassword(): Promise<string | null> {
    const admin = this.#people.user('admin')
    if (this.#people.count() > 0 && !(admin && admin.signedInAt === null && admin.mustChange)) {
      if (!admin?.mustChange) rmSync(this.#firstPasswordFile, { force: true })
      return null
    }
    const kept = readIfThere(this.#firstPasswordFile)
    if (kept !== null && admin && (await verify(admin.password, kept).catch(() => false))) return kept
    const password = kept ?? randomPassword()
    writeFileSync(this.#firstPasswordFile, password, { mode: 0o600, flush: true })
    const hashed = await hashPassword(password)
    if (admin) this.#people.setPassword('admin', hashed, true, null)
    else this.#people.add('admin', 'administrator', hashed, true, this.#now())
    return password
  }

  /** Takes as long for a name that does not exist as for a wrong password. */
  async signIn(
    name: string,
    password: string,
    address: string,
  ): Promise<Result<{ token: string; session: SignedIn }, SignInRefused>> {
    const now = performance.now()
    const from = throttleKey(address)
    const key = `${from} ${name.toLowerCase()}`
    const waitMs = Math.max(this.#perUser.waitMs(key, now), this.#perAddress.waitMs(from, now))
    if (waitMs > 0)
      return fail({
        code: 'session.too-many-tries',
        message: `Too many failed sign-ins. Try again in ${Math.ceil(waitMs / 1000)} seconds.`,
      })
    // Counted before the password is looked at: tries that come at once would all find the count of before.
    this.#perUser.note(key, now)
    this.#perAddress.note(from, now)
    const user = this.#people.user(name)
    this.#dummy ??= hashPassword(randomPassword())
    const good = await verify(user?.password ?? (await this.#dummy), password).catch(() => false)
    if (!user || !good) return fail({ code: 'session.wrong-password', message: 'The name or the password is wrong.' })
    this.#perUser.clear(key)
    this.#perAddress.takeBack(from, now)
    return ok(this.#start(user, address))
  }

  #start(user: User, address: string): { token: string; session: SignedIn } {
    const now = this.#now()
    const token = randomBytes(32).toString('base64url')
    this.#people.sweepSessions(now - absoluteMs, now - idleMs)
    this.#people.startSession(digest(token), user.name, address, now)
    return { token, session: { user, csrfToken: csrfOf(token), hash: digest(token) } }
  }

  /**
   * The session of a cookie, or null when there is none, it ended, or its time is over. `isUse` false only looks: an open
   * page that nobody touches must not keep a session alive.
   */
  find(token: string | undefined, isUse = true): SignedIn | null {
    if (!token || token.length > 128) return null
    const now = this.#now()
    const stored = this.#people.session(digest(token))
    if (!stored) return null
    if (stored.createdAt < now - absoluteMs || stored.seenAt < now - idleMs) {
      this.#people.endSession(stored.hash)
      return null
    }
    if (isUse && stored.seenAt < now - touchEveryMs) this.#touch(stored.hash, now)
    return { user: stored.user, csrfToken: csrfOf(token), hash: stored.hash }
  }

  #touch(hashed: string, now: number): void {
    try {
      this.#people.touchSession(hashed, now)
    } catch {
      // A full disk must not keep people from seeing that it is full.
    }
  }

  end(session: SignedIn): void {
    this.#people.endSession(session.hash)
  }

  /** Other sessions of the user end, and this one gets a new token. */
  async changePassword(
    session: SignedIn,
    current: string,
    next: string,
    address: string,
  ): Promise<Result<{ token: string; session: SignedIn }, SignInRefused>> {
    const now = this.#now()
    const key = `${address} ${session.user.name.toLowerCase()}`
    if (this.#perUser.waitMs(key, now) > 0)
      return fail({ code: 'session.too-many-tries', message: 'Too many wrong passwords. Try again in some minutes.' })
    this.#perUser.note(key, now)
    if (!(await verify(session.user.password, current).catch(() => false)))
      return fail({ code: 'session.wrong-password', message: 'The current password is wrong.' })
    this.#perUser.takeBack(key, now)
    if (current === next)
      return fail({ code: 'session.password-reused', message: 'The new password has to differ from the current one.' })
    this.#people.setPassword(session.user.name, await hashPassword(next), false, null)
    if (session.user.name === 'admin') rmSync(this.#firstPasswordFile, { force: true })
    const user = this.#people.user(session.user.name)
    if (!user) return fail({ code: 'session.wrong-password', message: 'The user does not exist any more.' })
    return ok(this.#start(user, address))
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8') || null
  } catch {
    return null
  }
}

/** What the caller may see. */
export function scopeOf(session: SignedIn | null): AssetScope {
  return session?.user.groups ? { groups: session.user.groups } : null
}

const csrfOf = (token: string) => digest(`csrf ${token}`)

const ranks: Record<Role | 'public', number> = { public: 0, viewer: 1, analyst: 2, responder: 3, administrator: 4 }

/** True when `role` may do what needs at least `needed`. */
export function mayDo(role: Role, needed: Role | 'public'): boolean {
  return ranks[role] >= ranks[needed]
}
