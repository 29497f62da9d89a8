/** Who calls and what that allows. */
import type { AssetScope } from '@rampart/alert'
import type { Role, User } from '../store/user-record.ts'

interface Caller {
  user: User
  /** What counts for this call: the role of the user, or less for a token. */
  role: Role
  scope: AssetScope
}
/** Somebody in a browser. */
export interface SignedIn extends Caller {
  by: 'session'
  /** What the browser sends back with every change. */
  csrfToken: string
  /** Id of the session; never leaves the server. */
  id: string
  /** The token that the browser is to use from now on, when it changed. */
  freshToken: string | null
}
/** A program with an API token. */
export interface TokenCaller extends Caller {
  by: 'token'
  title: string
}

export const scopeOfGroups = (groups: readonly string[] | null): AssetScope => (groups === null ? null : { groups })

const ranks: Record<Role | 'public', number> = { public: 0, viewer: 1, analyst: 2, responder: 3, administrator: 4 }

/** True when `role` may do what needs at least `needed`. */
export function mayDo(role: Role, needed: Role | 'public'): boolean {
  return ranks[role] >= ranks[needed]
}

/** The lesser of two roles. */
export function lesserRole(one: Role, other: Role): Role {
  return ranks[one] <= ranks[other] ? one : other
}

/** What both lists of groups allow; null allows every group. */
export function commonGroups(one: readonly string[] | null, other: readonly string[] | null): readonly string[] | null {
  if (one === null) return other
  return other === null ? one : one.filter((group) => other.includes(group))
}
