/** Handlers of routes/session.ts. */
import type { Context } from '../../context.ts'
import type { Handlers } from '../call.ts'
import { Refused } from '../refused.ts'
import type { SignedIn } from '../sessions.ts'

const done = { ok: true } as const

export function sessionHandlers(
  context: Context,
): Pick<Handlers, 'signIn' | 'getSession' | 'signOut' | 'changePassword'> {
  const { sessions, version } = context
  const view = ({ user, csrfToken }: SignedIn) => ({
    user: { name: user.name, role: user.role, groups: user.groups && [...user.groups] },
    mustChangePassword: user.mustChange,
    csrfToken,
    version,
  })
  return {
    async signIn({ body, address, setToken }) {
      const result = await sessions.signIn(body.username, body.password, address)
      if (!result.ok) return new Refused(result.error.code === 'session.too-many-tries' ? 429 : 401, result.error)
      setToken(result.value.token)
      return view(result.value.session)
    },
    async getSession({ session }) {
      return view(session)
    },
    async signOut({ session, setToken }) {
      sessions.end(session)
      context.stream.checkSessions()
      setToken(null)
      return done
    },
    async changePassword({ session, body, address, setToken }) {
      const result = await sessions.changePassword(session, body.current, body.next, address)
      if (!result.ok) return new Refused(result.error.code === 'session.too-many-tries' ? 429 : 400, result.error)
      context.stream.checkSessions()
      setToken(result.value.token)
      return view(result.value.session)
    },
  }
}
