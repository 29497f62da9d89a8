/** Refusals about who calls: their codes, when they come, an example of what the person reads. */
import type { Refusal } from './refusals.ts'

/** Who calls, and whether that is enough. */
export const people = {
  'session.missing': { statuses: [401], when: 'Nobody is signed in.', message: 'Sign in first.' },
  'session.not-allowed': {
    statuses: [403],
    when: 'The role is too low, or the asset groups do not reach that far.',
    message: 'This needs the role administrator.',
  },
  'session.password-change-required': {
    statuses: [403],
    when: 'The password was given by somebody else and has to be changed first.',
    message: 'Choose a password of your own first.',
  },
  'session.second-factor-required': {
    statuses: [403],
    when: 'The role signs in with one-time codes, and none are set up yet.',
    message: 'Your role signs in with one-time codes. Set them up first.',
  },
  'session.wrong-password': {
    statuses: [400, 401],
    when: 'The name or the password is wrong.',
    message: 'The name or the password is wrong.',
  },
  'session.too-many-tries': {
    statuses: [429],
    when: 'Too many wrong passwords or codes; the message says how long to wait.',
    message: 'Too many failed sign-ins. Try again in 240 seconds.',
  },
  'session.code-required': {
    statuses: [401],
    when: 'The password is right, and a one-time or recovery code is needed too.',
    message: 'Give the one-time code of your authenticator, or a recovery code.',
  },
  'session.wrong-code': {
    statuses: [400, 401],
    when: 'The code is wrong or was used before.',
    message: 'The code is wrong or was used before. Wait for the next one.',
  },
  'session.password-reused': {
    statuses: [400],
    when: 'The new password is the current one.',
    message: 'The new password has to differ from the current one.',
  },
  'request.csrf': {
    statuses: [403],
    when: 'A change with a session cookie lacks the token of the session.',
    message: 'The request lacks the token of this session. Reload the page.',
  },
  'request.cross-site': {
    statuses: [403],
    when: 'The browser says that a page of another site sent the request.',
    message: 'Another site sent this request.',
  },
  'token.not-allowed': {
    statuses: [400, 403],
    when: 'The route is for people in a browser, and an API token called it.',
    message: 'This is about the account of a person. Sign in in a browser for it.',
  },
  'token.role-too-high': {
    statuses: [400],
    when: 'The token asked for may do more than its user.',
    message: 'You are viewer; a token of yours can do no more.',
  },
  'token.lasts-too-long': {
    statuses: [400],
    when: 'The token asked for lasts longer than the settings allow.',
    message: 'Tokens last at most 365 days (tokens.longestDays).',
  },
  'token.too-many': {
    statuses: [400],
    when: 'The user has as many tokens as anybody may have.',
    message: 'There are 50 tokens already. Revoke some first.',
  },
  'account.second-factor-set': {
    statuses: [409],
    when: 'One-time codes are set up already.',
    message: 'One-time codes are set up already. Remove them first to move to another device.',
  },
  'account.second-factor-not-offered': {
    statuses: [409],
    when: 'No secret waits to be confirmed.',
    message: 'Ask for a new secret first; the one before was used or never asked for.',
  },
  'account.second-factor-missing': {
    statuses: [409],
    when: 'Recovery codes were asked for without one-time codes.',
    message: 'Set up one-time codes first; recovery codes stand in for them.',
  },
  'user.exists': {
    statuses: [409],
    when: 'The name is taken.',
    message: 'There is a user "mia" already. Choose another name.',
  },
  'user.last-administrator': {
    statuses: [409],
    when: 'Nobody could administrate any more.',
    message: '"admin" is the last administrator that can sign in. Make somebody else administrator first.',
  },
  'user.administrator-unbound': {
    statuses: [400, 409],
    when: 'An administrator would be bound to asset groups.',
    message: 'An administrator sees every asset. Choose another role, or no asset groups.',
  },
} as const satisfies Record<string, Refusal>
