/** What administrators do with users, over the API and on the command line. The last administrator always stays. */
import { hashPassword, randomPassword } from '../api/passwords.ts'
import { fail, ok, type Result } from '../errors.ts'
import type { People } from './people.ts'
import type { Role, User } from './user-record.ts'

export interface UserRefused {
  code: 'user.not-found' | 'user.exists' | 'user.last-administrator' | 'user.administrator-unbound'
  message: string
}

export interface UserChange {
  role?: Role
  groups?: readonly string[] | null
  disabled?: boolean
}

const missing = (name: string): UserRefused => ({ code: 'user.not-found', message: `There is no user "${name}".` })
const unbound: UserRefused = {
  code: 'user.administrator-unbound',
  message: 'An administrator sees every asset. Choose another role, or no asset groups.',
}

/** The password is told once. */
export async function addUser(
  people: People,
  { name, role, groups }: { name: string; role: Role; groups: readonly string[] | null },
  at: number,
): Promise<Result<{ password: string }, UserRefused>> {
  if (people.user(name))
    return fail({ code: 'user.exists', message: `There is a user "${name}" already. Choose another name.` })
  if (role === 'administrator' && groups !== null) return fail(unbound)
  const password = randomPassword()
  const hashed = await hashPassword(password)
  if (people.user(name))
    return fail({ code: 'user.exists', message: `There is a user "${name}" already. Choose another name.` })
  people.add(name, role, hashed, true, at)
  if (groups !== null) people.setGroups(name, groups)
  return ok({ password })
}

/** What is left out stays. Who may do something else signs in anew. */
export function changeUser(people: People, name: string, change: UserChange): Result<User, UserRefused> {
  const user = people.user(name)
  if (!user) return fail(missing(name))
  const role = change.role ?? user.role
  const groups = change.groups === undefined ? user.groups : change.groups
  const disabled = change.disabled ?? user.disabled
  if (role === 'administrator' && groups !== null) return fail(unbound)
  if ((role !== 'administrator' || disabled) && isLastAdministrator(people, user)) return fail(lastAdministrator(user))
  if (role !== user.role) people.setRole(user.name, role)
  if (change.groups !== undefined) people.setGroups(user.name, groups)
  if (disabled !== user.disabled) people.setDisabled(user.name, disabled)
  if (role !== user.role) people.sessions.endAll(user.name)
  return ok({ ...user, role, groups, disabled })
}

export function removeUser(people: People, name: string): Result<null, UserRefused> {
  const user = people.user(name)
  if (!user) return fail(missing(name))
  if (isLastAdministrator(people, user)) return fail(lastAdministrator(user))
  people.remove(user.name)
  return ok(null)
}

/** A one-time password; sessions and API tokens of the user end. */
export async function renewPassword(people: People, name: string): Promise<Result<{ password: string }, UserRefused>> {
  const user = people.user(name)
  if (!user) return fail(missing(name))
  const password = randomPassword()
  people.setPassword(user.name, await hashPassword(password), true)
  return ok({ password })
}

function isLastAdministrator(people: People, user: User): boolean {
  return user.role === 'administrator' && !user.disabled && people.otherAdministrators(user.name) === 0
}

function lastAdministrator({ name }: User): UserRefused {
  return {
    code: 'user.last-administrator',
    message: `"${name}" is the last administrator that can sign in. Make somebody else administrator first.`,
  }
}
