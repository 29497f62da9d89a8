/** Routes of signing in and out. */
import { credentials, passwordChange, session } from '../session.ts'
import { nothing, type Route } from './route.ts'

export const sessionRoutes = {
  signIn: {
    method: 'POST',
    path: '/api/v1/session',
    summary: 'Sign in',
    role: 'public',
    scope: 'none',
    body: credentials,
    response: session,
    refuses: ['session.wrong-password', 'session.too-many-tries', 'session.code-required', 'session.wrong-code'],
  },
  getSession: {
    method: 'GET',
    path: '/api/v1/session',
    summary: 'Who is signed in',
    role: 'viewer',
    scope: 'none',
    personal: true,
    before: 'password-change',
    response: session,
  },
  signOut: {
    method: 'DELETE',
    path: '/api/v1/session',
    summary: 'Sign out',
    role: 'viewer',
    scope: 'none',
    personal: true,
    before: 'password-change',
    response: nothing,
  },
  changePassword: {
    method: 'PUT',
    path: '/api/v1/session/password',
    summary: 'Change own password',
    role: 'viewer',
    scope: 'none',
    personal: true,
    before: 'password-change',
    body: passwordChange,
    response: session,
    refuses: ['session.wrong-password', 'session.too-many-tries', 'session.password-reused', 'request.not-found'],
  },
} as const satisfies Record<string, Route>
