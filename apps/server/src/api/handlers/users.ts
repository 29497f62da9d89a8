/** Handlers of routes/users.ts. */
import type { Context } from '../../context.ts'
import { addUser, changeUser, removeUser, renewPassword, type UserRefused } from '../../store/user-acts.ts'
import type { Handlers } from '../call.ts'
import { Refused } from '../refused.ts'
import { toUserView } from '../user-view.ts'

export function userHandlers(
  context: Context,
): Pick<
  Handlers,
  'listUsers' | 'createUser' | 'changeUser' | 'deleteUser' | 'resetUserPassword' | 'resetUserSecondFactor'
> {
  const { people, stream, now } = context
  const view = (name: string) => {
    const user = people.user(name)
    return user ? toUserView(people, user) : Refused.notFound('user')
  }
  const withPassword = (name: string, password: string) => {
    const user = view(name)
    return user instanceof Refused ? user : { user, password }
  }
  return {
    async listUsers() {
      return { items: people.users().map((user) => toUserView(people, user)) }
    },
    async createUser({ body }) {
      const added = await addUser(people, body, now())
      return added.ok ? withPassword(body.name, added.value.password) : refused(added.error)
    },
    async changeUser({ id, body }) {
      const changed = changeUser(people, id, body)
      if (!changed.ok) return refused(changed.error)
      stream.checkSessions()
      return view(id)
    },
    async deleteUser({ id }) {
      const removed = removeUser(people, id)
      if (!removed.ok) return refused(removed.error)
      stream.checkSessions()
      return { ok: true }
    },
    async resetUserPassword({ id }) {
      const renewed = await renewPassword(people, id)
      if (!renewed.ok) return refused(renewed.error)
      stream.checkSessions()
      return withPassword(id, renewed.value.password)
    },
    async resetUserSecondFactor({ id }) {
      const user = people.user(id)
      if (!user) return Refused.notFound('user')
      people.setCodeSecret(user.name, null, 0, [])
      people.sessions.endAll(user.name)
      stream.checkSessions()
      return view(id)
    },
  }
}

function refused(error: UserRefused): Refused {
  const { code, message } = error
  return code === 'user.not-found' ? Refused.notFound('user') : new Refused(409, { code, message })
}
