/** Stored users, sessions and tokens → the shapes of the API. */
import type { ApiToken as ApiTokenView, OwnSession, User as UserView } from '@rampart/api'
import type { People } from '../store/people.ts'
import type { StoredSession } from '../store/stored-sessions.ts'
import type { ApiToken } from '../store/stored-tokens.ts'
import type { User } from '../store/user-record.ts'
import { iso } from './process-chain.ts'
import { publicIdOf } from './sessions.ts'

const instant = (at: number | null) => (at === null ? null : iso(at))

export function toUserView(people: People, user: User): UserView {
  return {
    name: user.name,
    role: user.role,
    groups: user.groups && [...user.groups],
    disabled: user.disabled,
    mustChangePassword: user.mustChange,
    secondFactor: user.codeSecret !== null,
    sessions: people.sessions.of(user.name).length,
    tokens: people.tokens.of(user.name).length,
    createdAt: iso(user.createdAt),
    signedInAt: instant(user.signedInAt),
  }
}

export function toOwnSession(stored: StoredSession, currentId: string): OwnSession {
  return {
    id: publicIdOf(stored.id),
    current: stored.id === currentId,
    address: stored.address,
    browser: stored.browser,
    createdAt: iso(stored.createdAt),
    seenAt: iso(stored.seenAt),
  }
}

export function toTokenView(token: ApiToken): ApiTokenView {
  return {
    ...token,
    groups: token.groups && [...token.groups],
    createdAt: iso(token.createdAt),
    expiresAt: iso(token.expiresAt),
    usedAt: instant(token.usedAt),
  }
}
