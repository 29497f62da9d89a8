/** Whether a user still has to set up one-time codes. */
import type { Context } from '../context.ts'
import type { User } from '../store/user-record.ts'

export function isSecondFactorRequired({ settings }: Pick<Context, 'settings'>, user: User): boolean {
  return settings.get('signIn.secondFactorRoles').includes(user.role)
}

export function needsSecondFactor(context: Pick<Context, 'settings'>, user: User): boolean {
  return user.codeSecret === null && isSecondFactorRequired(context, user)
}
