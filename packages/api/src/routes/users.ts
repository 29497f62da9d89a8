/** Routes of users. `:id` is the user name. */
import { newUser, user, userChange, userWithPassword } from '../people.ts'
import { items, nothing, type Route } from './route.ts'

export const userRoutes = {
  listUsers: {
    method: 'GET',
    path: '/api/v1/users',
    summary: 'List users',
    role: 'administrator',
    scope: 'none',
    response: items(user),
  },
  createUser: {
    method: 'POST',
    path: '/api/v1/users',
    summary: 'Add a user with a one-time password',
    role: 'administrator',
    scope: 'none',
    body: newUser,
    response: userWithPassword,
    refuses: ['user.exists', 'user.administrator-unbound', 'request.not-found'],
  },
  changeUser: {
    method: 'PATCH',
    path: '/api/v1/users/:id',
    summary: 'Change role, asset groups, or whether a user may sign in',
    role: 'administrator',
    scope: 'none',
    body: userChange,
    response: user,
    refuses: ['user.last-administrator', 'user.administrator-unbound'],
  },
  deleteUser: {
    method: 'DELETE',
    path: '/api/v1/users/:id',
    summary: 'Remove a user',
    role: 'administrator',
    scope: 'none',
    response: nothing,
    refuses: ['user.last-administrator'],
  },
  resetUserPassword: {
    method: 'POST',
    path: '/api/v1/users/:id/password',
    summary: 'Give a user a new one-time password; sessions and tokens end',
    role: 'administrator',
    scope: 'none',
    response: userWithPassword,
  },
  resetUserSecondFactor: {
    method: 'DELETE',
    path: '/api/v1/users/:id/second-factor',
    summary: 'Take the one-time codes of a user away; sessions end',
    role: 'administrator',
    scope: 'none',
    response: user,
  },
} as const satisfies Record<string, Route>
