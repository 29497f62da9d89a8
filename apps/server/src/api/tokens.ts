/** API tokens: `Authorization: Bearer rampart_…` in, caller out. Only hashes are stored. */
import { randomBytes } from 'node:crypto'
import type { People } from '../store/people.ts'
import type { ApiToken } from '../store/stored-tokens.ts'
import type { Role } from '../store/user-record.ts'
import { commonGroups, lesserRole, scopeOfGroups, type TokenCaller } from './caller.ts'
import { digest } from './sessions.ts'

const prefix = 'rampart_'
const touchEveryMs = 60_000

export class Tokens {
  readonly #people: People
  readonly #now: () => number

  constructor(people: People, now: () => number) {
    this.#people = people
    this.#now = now
  }

  /** The text is shown once and kept nowhere. */
  create(
    name: string,
    request: { title: string; role: Role; groups: readonly string[] | null; days: number },
  ): { text: string; token: ApiToken } {
    const now = this.#now()
    const text = prefix + randomBytes(32).toString('base64url')
    const { title, role, groups, days } = request
    const token = {
      id: randomBytes(9).toString('base64url'),
      title,
      role,
      groups,
      createdAt: now,
      expiresAt: now + days * 24 * 3_600_000,
    }
    this.#people.tokens.add(name, digest(text), token)
    return { text, token: { ...token, usedAt: null, usedFrom: null } }
  }

  /** Whom a header speaks for: a token does what both it and its user may. Null for anything that is no good token. */
  find(header: string, address: string): TokenCaller | null {
    const [, text] = /^Bearer ([\w-]{1,128})$/.exec(header) ?? []
    if (!text?.startsWith(prefix)) return null
    const now = this.#now()
    const found = this.#people.tokens.find(digest(text))
    if (!found || found.token.expiresAt <= now || found.user.disabled) return null
    const { token, user } = found
    if ((token.usedAt ?? 0) < now - touchEveryMs || token.usedFrom !== address)
      try {
        this.#people.tokens.touch(token.id, now, address)
      } catch {
        // A full disk must not keep programs from reading.
      }
    return {
      by: 'token',
      user,
      title: token.title,
      role: lesserRole(user.role, token.role),
      scope: scopeOfGroups(commonGroups(user.groups, token.groups)),
    }
  }
}
