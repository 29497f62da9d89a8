/** Handlers of routes/account.ts. */
import type { RefusalCode } from '@rampart/api'
import { encode } from 'uqr'
import type { Context } from '../../context.ts'
import type { Call, Handlers } from '../call.ts'
import { mayDo } from '../caller.ts'
import { codeUri, hashRecoveryCode, newCodeSecret, newRecoveryCodes, stepOfCode } from '../one-time-code.ts'
import { Refused } from '../refused.ts'
import { isSecondFactorRequired } from '../second-factor.ts'
import { publicIdOf } from '../sessions.ts'
import { toOwnSession, toTokenView, toUserView } from '../user-view.ts'
import { wrongPassword } from './session.ts'

const done = { ok: true } as const
const tokensMax = 50

type AccountRoute =
  | 'getAccount'
  | 'listOwnSessions'
  | 'endOwnSession'
  | 'endOtherSessions'
  | 'offerSecondFactor'
  | 'confirmSecondFactor'
  | 'removeSecondFactor'
  | 'renewRecoveryCodes'
  | 'listTokens'
  | 'createToken'
  | 'revokeToken'

export function accountHandlers(context: Context): Pick<Handlers, AccountRoute> {
  const { people, sessions, settings, tokens, now } = context

  /** After a change of what somebody proves oneself with: the other sessions end, this one goes on under a new token. */
  const startAnew = ({ session, address, browser, setToken }: Call<'confirmSecondFactor' | 'removeSecondFactor'>) => {
    const anew = sessions.startAnew(session.user.name, { address, browser })
    context.stream.checkSessions()
    setToken(anew?.token ?? null)
  }

  return {
    async getAccount({ session: { user } }) {
      return {
        user: toUserView(people, user),
        secondFactorRequired: isSecondFactorRequired(context, user),
        recoveryCodesLeft: people.recoveryCodesLeft(user.name),
        longestTokenDays: settings.get('tokens.longestDays'),
      }
    },
    async listOwnSessions({ session }) {
      return { items: people.sessions.of(session.user.name).map((stored) => toOwnSession(stored, session.id)) }
    },
    async endOwnSession({ session, id, setToken }) {
      const stored = people.sessions.of(session.user.name).find((one) => publicIdOf(one.id) === id)
      if (!stored) return Refused.notFound('session')
      people.sessions.end(stored.id)
      if (stored.id === session.id) setToken(null)
      context.stream.checkSessions()
      return done
    },
    async endOtherSessions({ session, addDetail }) {
      addDetail({ ended: people.sessions.endAll(session.user.name, session.id) })
      context.stream.checkSessions()
      return done
    },
    async offerSecondFactor({ session, body, address, host }) {
      const refused = await sessions.confirmPassword(session, body.password, address)
      if (refused) return wrongPassword(refused)
      if (session.user.codeSecret !== null)
        return new Refused(409, {
          code: 'account.second-factor-set',
          message: 'One-time codes are set up already. Remove them first to move to another device.',
        })
      const secret = newCodeSecret()
      people.offerCodeSecret(session.user.name, secret)
      const uri = codeUri(session.user.name, host, secret)
      const qr = encode(uri, { ecc: 'M', border: 2 }).data.map((row) => row.map((dark) => (dark ? '1' : '0')).join(''))
      return { secret, uri, qr }
    },
    async confirmSecondFactor(call) {
      const { user } = call.session
      const secret = user.codeSecretOffered
      if (secret === null)
        return new Refused(409, {
          code: 'account.second-factor-not-offered',
          message: 'Ask for a new secret first; the one before was used or never asked for.',
        })
      const step = stepOfCode(secret, call.body.code.replaceAll(/\s/g, ''), now(), 0)
      if (step === null)
        return new Refused(400, {
          code: 'session.wrong-code',
          message:
            'The code is wrong. Check that the clock of the device is right, and give the code that it shows now.',
        })
      const codes = newRecoveryCodes()
      people.setCodeSecret(user.name, secret, step, codes.map(hashRecoveryCode))
      startAnew(call)
      return { codes }
    },
    async removeSecondFactor(call) {
      const { session, body, address } = call
      const refused = await sessions.confirmPassword(session, body.password, address)
      if (refused) return wrongPassword(refused)
      if (session.user.codeSecret === null) return done
      people.setCodeSecret(session.user.name, null, 0, [])
      startAnew(call)
      return done
    },
    async renewRecoveryCodes({ session, body, address }) {
      const refused = await sessions.confirmPassword(session, body.password, address)
      if (refused) return wrongPassword(refused)
      const { name, codeSecret, codeStep } = session.user
      if (codeSecret === null)
        return new Refused(409, {
          code: 'account.second-factor-missing',
          message: 'Set up one-time codes first; recovery codes stand in for them.',
        })
      const codes = newRecoveryCodes()
      people.setCodeSecret(name, codeSecret, codeStep, codes.map(hashRecoveryCode))
      return { codes }
    },
    async listTokens({ session }) {
      return { items: people.tokens.of(session.user.name).map(toTokenView) }
    },
    async createToken({ session: { user }, body }) {
      const refuse = (code: RefusalCode, message: string) => new Refused(400, { code, message })
      if (!mayDo(user.role, body.role))
        return refuse('token.role-too-high', `You are ${user.role}; a token of yours can do no more.`)
      const longest = settings.get('tokens.longestDays')
      if (body.days > longest)
        return refuse('token.lasts-too-long', `Tokens last at most ${longest} days (tokens.longestDays).`)
      if (body.groups !== null && body.role === 'administrator')
        return refuse(
          'user.administrator-unbound',
          'An administrator sees every asset. Choose another role, or no asset groups.',
        )
      if (people.tokens.of(user.name).length >= tokensMax)
        return refuse('token.too-many', `There are ${tokensMax} tokens already. Revoke some first.`)
      const { text, token } = tokens.create(user.name, body)
      return { text, token: toTokenView(token) }
    },
    async revokeToken({ session, id }) {
      return people.tokens.remove(session.user.name, id) ? done : Refused.notFound('token')
    },
  }
}
