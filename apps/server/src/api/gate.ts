/** What every request of a route goes through before its handler: who calls, may they, is the input right. */
import type { Route } from '@rampart/api'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Context } from '../context.ts'
import { type AssetScope, isVisible } from './asset-scope.ts'
import { mayDo, type SignedIn, type TokenCaller } from './caller.ts'
import { Refused } from './refused.ts'
import { needsSecondFactor } from './second-factor.ts'

export const cookieName = 'rampart_session'
/** Says only that somebody signed in here before; opens nothing. */
export const browserCookieName = 'rampart_browser'

/** A token or a cookie says who calls; both at once are refused, because then it is unclear who decided. */
export function identify(context: Context, request: FastifyRequest): SignedIn | TokenCaller | Refused | null {
  const { authorization } = request.headers
  const cookie = request.cookies[cookieName]
  if (authorization === undefined) return context.sessions.find(cookie)
  if (cookie !== undefined)
    return new Refused(400, {
      code: 'request.two-identities',
      message: 'The request has an API token and a session cookie. Send one of them.',
    })
  return (
    context.tokens.find(authorization, request.ip) ??
    new Refused(401, {
      code: 'token.invalid',
      message: 'The API token is wrong, expired or revoked. Make another one under My account.',
    })
  )
}

/** Why a call may not go on, or null. */
export function bar(
  context: Context,
  route: Route,
  request: FastifyRequest,
  caller: SignedIn | TokenCaller | null,
): Refused | null {
  const site = request.headers['sec-fetch-site']
  if (route.method !== 'GET' && site !== undefined && site !== 'same-origin' && site !== 'none')
    return new Refused(403, { code: 'request.cross-site', message: 'Another site sent this request.' })
  if (route.role === 'public') return null
  if (!caller) return new Refused(401, { code: 'session.missing', message: 'Sign in first.' })
  if (caller.by === 'token') {
    if (route.personal)
      return new Refused(403, {
        code: 'token.not-allowed',
        message: 'This is about the account of a person. Sign in in a browser for it.',
      })
  } else if (route.method !== 'GET' && request.headers['x-rampart-csrf'] !== caller.csrfToken)
    return new Refused(403, {
      code: 'request.csrf',
      message: 'The request lacks the token of this session. Reload the page.',
    })
  if (caller.user.mustChange && route.before !== 'password-change')
    return new Refused(403, {
      code: 'session.password-change-required',
      message: 'Choose a password of your own first.',
    })
  if (needsSecondFactor(context, caller.user) && route.before === undefined)
    return new Refused(403, {
      code: 'session.second-factor-required',
      message: 'Your role signs in with one-time codes. Set them up first.',
    })
  if (!mayDo(caller.role, route.role))
    return new Refused(403, { code: 'session.not-allowed', message: `This needs the role ${route.role}.` })
  return null
}

/** Refuses what `:id` names when the caller may not see it, in the words for what does not exist. */
export async function hidden(context: Context, route: Route, id: string, scope: AssetScope): Promise<Refused | null> {
  if (scope === null || (route.scope !== 'alert' && route.scope !== 'asset')) return null
  const asset = route.scope === 'alert' ? (await context.alerts.get(id))?.asset : await context.alerts.asset(id)
  return asset && isVisible(scope, asset) ? null : Refused.notFound(route.scope)
}

export function parse(schema: z.ZodType | undefined, value: unknown, part: 'query' | 'body'): unknown {
  if (!schema) return undefined
  const parsed = schema.safeParse(value ?? {})
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = [part, ...(issue?.path ?? [])].join('.')
  return new Refused(400, { code: 'request.invalid', message: `${path}: ${issue?.message ?? 'invalid'}`, path })
}

export const namedIn = ({ username }: Record<string, unknown>) => (typeof username === 'string' ? username : undefined)

const listMax = 20
const secrets = ['password', 'current', 'next', 'token', 'secrets', 'code']

/** What the audit trail keeps of a body: no secret, however deep it lies, and of long lists only the beginning. */
export function withoutSecrets(body: unknown): Record<string, unknown> {
  return isObject(body) ? (kept(body) as Record<string, unknown>) : {}
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Of a long list its beginning and its length: the trail says what was done, the batch itself keeps the rest. */
function kept(value: unknown): unknown {
  if (Array.isArray(value))
    return value.length > listMax ? { first: value.slice(0, listMax).map(kept), length: value.length } : value.map(kept)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !secrets.includes(key))
      .map(([key, one]) => [key, kept(one)]),
  )
}
