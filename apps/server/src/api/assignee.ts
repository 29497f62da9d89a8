/** Whom alerts and incidents can be assigned to: users who can sign in and handle them. */
import type { AssetScope } from '@rampart/alert'
import type { Context } from '../context.ts'
import type { User } from '../store/user-record.ts'
import { isVisible } from './asset-scope.ts'
import { mayDo } from './caller.ts'
import { Refused } from './refused.ts'

const handles = (user: User) => !user.disabled && mayDo(user.role, 'analyst')

export function assigneesOf({ people }: Pick<Context, 'people'>): { name: string }[] {
  return people
    .users()
    .filter(handles)
    .map(({ name }) => ({ name }))
}

/** The name as the user writes it; refused when there is no such user, or when it may not see one of the assets. */
export function assigneeOf(
  { people }: Pick<Context, 'people'>,
  asked: string | null | undefined,
  assets: readonly { name: string; group: string | null }[] = [],
): string | null | undefined | Refused {
  if (asked === null || asked === undefined) return asked
  const user = people.user(asked.trim())
  if (!user || !handles(user))
    return new Refused(400, {
      code: 'alert.assignee-unknown',
      message: `There is no user ${asked.trim().slice(0, 64)} who can handle alerts. Choose one of the list.`,
    })
  const scope: AssetScope = user.groups && { groups: user.groups }
  const hidden = assets.find((asset) => !isVisible(scope, asset))
  if (hidden)
    return new Refused(400, {
      code: 'alert.assignee-unknown',
      message: `${user.name} may not see ${hidden.name}: it is in none of the asset groups of this user.`,
    })
  return user.name
}
