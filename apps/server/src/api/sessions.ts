/** Sessions of browsers: password and code in, cookie out; cookie in, user out. Only hashes are stored. */
import { createHash, randomBytes } from 'node:crypto'
import { fail, ok, type Result } from '../errors.ts'
import type { People } from '../store/people.ts'
import type { StoredSession } from '../store/stored-sessions.ts'
import type { User } from '../store/user-record.ts'
import { Throttle, throttleKey } from '../throttle.ts'
import { type SignedIn, scopeOfGroups } from './caller.ts'
import { hashRecoveryCode, stepOfCode } from './one-time-code.ts'
import { hashPassword, isPassword, randomPassword } from './passwords.ts'

export interface SignInRefused {
  code: 'session.wrong-password' | 'session.too-many-tries' | 'session.code-required' | 'session.wrong-code'
  message: string
}

/** How long sessions last, ms. */
export interface SessionLimits {
  idleMs: number
  longestMs: number
  rotateMs: number
}

export interface SignInRequest {
  username: string
  password: string
  /** One-time or recovery code. */
  code?: string
  address: string
  browser: string
  /** What `browserToken` of an earlier sign-in gave this browser. */
  browserToken?: string
}

const touchEveryMs = 60_000
/** Requests that were under way when the token changed still come with the one before. */
const graceMs = 60_000
const browserMax = 256
const minuteMs = 60_000

export const digest = (text: string) => createHash('sha256').update(text).digest('base64url')
const csrfOf = (id: string) => digest(`csrf ${id}`)
/** What the owner calls a session by. */
export const publicIdOf = (id: string) => digest(`session ${id}`).slice(0, 22)

export class Sessions {
  readonly #people: People
  readonly #limits: () => SessionLimits
  readonly #now: () => number
  readonly #perUserAndAddress = new Throttle(10, 5 * minuteMs)
  readonly #perAddress = new Throttle(30, 5 * minuteMs)
  /** Guesses from many addresses. Addresses from which the user is signed in are exempt. */
  readonly #perUser = new Throttle(100, 15 * minuteMs)
  /** Wrong codes after a right password, from anywhere. */
  readonly #codes = new Throttle(10, 15 * minuteMs)
  /** By hash of the token before: the present one, for requests that were under way. */
  readonly #rotated = new Map<string, { token: string; until: number }>()
  #dummy: Promise<string> | null = null

  constructor(people: People, limits: () => SessionLimits, now: () => number) {
    this.#people = people
    this.#limits = limits
    this.#now = now
  }

  /** Takes as long for a name that does not exist as for a wrong password. */
  async signIn(request: SignInRequest): Promise<Result<{ token: string; session: SignedIn }, SignInRefused>> {
    const now = performance.now()
    const name = request.username.toLowerCase()
    const from = throttleKey(request.address)
    const browser = this.#knownBrowser(request)
    // A browser that signed in before has a count of its own: what others do at its address, or anywhere, locks nobody out there.
    const key = `${browser ?? from} ${name}`
    const codes = browser === null ? name : key
    const known = browser !== null || this.#people.sessions.isKnownAddress(request.username, request.address)
    const waitMs = Math.max(
      this.#perUserAndAddress.waitMs(key, now),
      browser === null ? this.#perAddress.waitMs(from, now) : 0,
      known ? 0 : this.#perUser.waitMs(name, now),
      this.#codes.waitMs(codes, now),
    )
    if (waitMs > 0)
      return fail({
        code: 'session.too-many-tries',
        message: `Too many failed sign-ins. Try again in ${Math.ceil(waitMs / 1000)} seconds.`,
      })
    // Counted before the password is looked at: tries that come at once would all find the count of before.
    this.#perUserAndAddress.note(key, now)
    this.#perAddress.note(from, now)
    this.#perUser.note(name, now)
    const user = this.#people.user(request.username)
    this.#dummy ??= hashPassword(randomPassword())
    const good = await isPassword(user?.password ?? (await this.#dummy), request.password)
    if (!user || !good || user.disabled)
      return fail({ code: 'session.wrong-password', message: 'The name or the password is wrong.' })
    const refused = this.#checkCode(user, request.code, codes, now)
    if (refused) return fail(refused)
    this.#perUserAndAddress.clear(key)
    this.#perAddress.takeBack(from, now)
    this.#perUser.takeBack(name, now)
    return ok(this.start(user, request))
  }

  #checkCode(user: User, code: string | undefined, key: string, now: number): SignInRefused | null {
    if (user.codeSecret === null) return null
    if (code === undefined || code.trim() === '')
      return {
        code: 'session.code-required',
        message: 'Give the one-time code of your authenticator, or a recovery code.',
      }
    this.#codes.note(key, now)
    if (!this.takeCode(user, code))
      return { code: 'session.wrong-code', message: 'The code is wrong or was used before. Wait for the next one.' }
    this.#codes.takeBack(key, now)
    return null
  }

  /** Names a browser from which this user signed in before; null for any other. */
  #knownBrowser({ username, browserToken }: SignInRequest): string | null {
    if (browserToken === undefined || browserToken.length > 128) return null
    const hash = digest(browserToken)
    return this.#people.browsers.isKnown(username, hash, this.#now()) ? `browser ${hash}` : null
  }

  /** The token by which the browser of a session is known from now on: the one it has, or a new one. */
  browserToken(session: SignedIn, present: string | undefined): string {
    const { name } = session.user
    const now = this.#now()
    const isKnown = present !== undefined && this.#people.browsers.isKnown(name, digest(present), now)
    const token = isKnown ? present : randomBytes(32).toString('base64url')
    this.#quietly(() => this.#people.browsers.remember(name, digest(token), now))
    return token
  }

  /** True when the code is right; it is good for nothing after that. */
  takeCode(user: User, code: string): boolean {
    if (user.codeSecret === null) return false
    const plain = code.replaceAll(/[\s-]/g, '')
    const step = stepOfCode(user.codeSecret, plain, this.#now(), user.codeStep)
    if (step !== null) return this.#people.takeCodeStep(user.name, step)
    return this.#people.takeRecoveryCode(user.name, hashRecoveryCode(plain))
  }

  /** A new session of somebody who has proven who it is. */
  start(user: User, { address, browser }: { address: string; browser: string }): { token: string; session: SignedIn } {
    const now = this.#now()
    const { idleMs, longestMs } = this.#limits()
    const [id, token] = [randomBytes(24).toString('base64url'), randomBytes(32).toString('base64url')]
    this.#people.sessions.sweep(now - longestMs, now - idleMs)
    this.#people.sessions.start({
      id,
      hash: digest(token),
      name: user.name,
      address,
      browser: browser.replaceAll(/\p{C}/gu, '').slice(0, browserMax),
      at: now,
    })
    return { token, session: signedIn({ id, user }, null) }
  }

  /**
   * The session of a cookie, or null when there is none, it ended, or its time is over. Its token changes from time to
   * time, unless the answer cannot carry a cookie.
   */
  find(token: string | undefined, mayRotate = true): SignedIn | null {
    if (!token || token.length > 128) return null
    const now = this.#now()
    const hash = digest(token)
    const stored = this.#people.sessions.find(hash)
    if (!stored || !this.#lasts(stored, now)) return null
    if (stored.hash !== hash) return this.#findRotated(stored, hash, now)
    if (mayRotate && stored.rotatedAt < now - this.#limits().rotateMs) return this.#rotate(stored, now)
    if (stored.seenAt < now - touchEveryMs) this.#quietly(() => this.#people.sessions.touch(stored.id, now))
    return signedIn(stored, null)
  }

  #lasts(stored: StoredSession, now: number): boolean {
    const { idleMs, longestMs } = this.#limits()
    if (!stored.user.disabled && stored.createdAt >= now - longestMs && stored.seenAt >= now - idleMs) return true
    this.#quietly(() => this.#people.sessions.end(stored.id))
    return false
  }

  /** A token that was replaced a moment ago is fine; later somebody copied it, and the session ends for both. */
  #findRotated(stored: StoredSession, hash: string, now: number): SignedIn | null {
    if (now - stored.rotatedAt <= graceMs) return signedIn(stored, this.#rotated.get(hash)?.token ?? null)
    this.#quietly(() => {
      this.#people.sessions.end(stored.id)
      this.#people.record({
        at: now,
        actor: stored.user.name,
        address: null,
        action: 'session.replayed',
        detail: { ended: publicIdOf(stored.id) },
      })
    })
    return null
  }

  #rotate(stored: StoredSession, now: number): SignedIn {
    const token = randomBytes(32).toString('base64url')
    try {
      this.#people.sessions.rotate(stored.id, digest(token), now)
    } catch {
      return signedIn(stored, null)
    }
    for (const [hash, { until }] of this.#rotated) if (until < now) this.#rotated.delete(hash)
    this.#rotated.set(stored.hash, { token, until: now + graceMs })
    return signedIn(stored, token)
  }

  /** A full disk must not keep people from seeing that it is full. */
  #quietly(write: () => void): void {
    try {
      write()
    } catch {
      // Tried again with the next request.
    }
  }

  /** The session as it is now, or null when it is over. Only looks: an open page that nobody touches keeps nothing alive. */
  present(id: string): SignedIn | null {
    const stored = this.#people.sessions.byId(id)
    return stored && this.#lasts(stored, this.#now()) ? signedIn(stored, null) : null
  }

  end(session: SignedIn): void {
    this.#people.sessions.end(session.id)
  }

  /** Ends the sessions of a user and starts one anew, after what the user may do or proves oneself with has changed. */
  startAnew(name: string, from: { address: string; browser: string }): { token: string; session: SignedIn } | null {
    this.#people.sessions.endAll(name)
    const user = this.#people.user(name)
    return user && this.start(user, from)
  }

  /** Counts wrong passwords of somebody who is signed in, too. */
  async confirmPassword(session: SignedIn, password: string, address: string): Promise<SignInRefused | null> {
    const now = performance.now()
    const key = `${throttleKey(address)} ${session.user.name.toLowerCase()}`
    if (this.#perUserAndAddress.waitMs(key, now) > 0)
      return { code: 'session.too-many-tries', message: 'Too many wrong passwords. Try again in some minutes.' }
    this.#perUserAndAddress.note(key, now)
    if (!(await isPassword(session.user.password, password)))
      return { code: 'session.wrong-password', message: 'The current password is wrong.' }
    this.#perUserAndAddress.takeBack(key, now)
    return null
  }
}

function signedIn({ id, user }: { id: string; user: User }, freshToken: string | null): SignedIn {
  return {
    by: 'session',
    user,
    role: user.role,
    scope: scopeOfGroups(user.groups),
    csrfToken: csrfOf(id),
    id,
    freshToken,
  }
}
