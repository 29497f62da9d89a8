/** Handlers of routes/session.ts. */
import { rmSync } from 'node:fs'
import type { Context } from '../../context.ts'
import type { Handlers } from '../call.ts'
import type { SignedIn } from '../caller.ts'
import { hashPassword } from '../passwords.ts'
import { Refused } from '../refused.ts'
import { needsSecondFactor } from '../second-factor.ts'
import type { SignInRefused } from '../sessions.ts'

const done = { ok: true } as const

export function sessionHandlers(
  context: Context,
): Pick<Handlers, 'signIn' | 'getSession' | 'signOut' | 'changePassword'> {
  const { sessions, people, version } = context
  const view = (session: SignedIn) => ({
    user: { name: session.user.name, role: session.user.role, groups: session.user.groups && [...session.user.groups] },
    mustChangePassword: session.user.mustChange,
    mustSetUpSecondFactor: needsSecondFactor(context, session.user),
    csrfToken: session.csrfToken,
    version,
  })
  return {
    async signIn({ body, address, browser, browserToken, setBrowserToken, setToken }) {
      const result = await sessions.signIn({ ...body, address, browser, browserToken })
      if (!result.ok) return new Refused(result.error.code === 'session.too-many-tries' ? 429 : 401, result.error)
      setToken(result.value.token)
      setBrowserToken(sessions.browserToken(result.value.session, browserToken))
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
    async changePassword({ session, body, address, browser, setToken }) {
      const refused = await sessions.confirmPassword(session, body.current, address)
      if (refused) return wrongPassword(refused)
      if (body.current === body.next)
        return new Refused(400, {
          code: 'session.password-reused',
          message: 'The new password has to differ from the current one.',
        })
      people.setPassword(session.user.name, await hashPassword(body.next), false)
      if (session.user.name === 'admin') rmSync(context.firstPasswordFile, { force: true })
      const anew = sessions.startAnew(session.user.name, { address, browser })
      context.stream.checkSessions()
      if (!anew) return Refused.notFound('user')
      setToken(anew.token)
      return view(anew.session)
    },
  }
}

export function wrongPassword(refused: SignInRefused): Refused {
  return new Refused(refused.code === 'session.too-many-tries' ? 429 : 400, refused)
}
