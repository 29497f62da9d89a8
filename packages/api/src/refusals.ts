/** Every code with which a route refuses: its statuses, when it comes, and an example of what the person reads. */

export interface Refusal {
  /** HTTP statuses; several where the same fault weighs differently on different routes. */
  statuses: readonly number[]
  /** When it comes, one sentence. */
  when: string
  /** What it says, e.g. */
  message: string
}

/** What can meet a request before its handler, whatever the route. */
const everywhere = {
  'request.invalid': {
    statuses: [400, 413, 415],
    when: 'The request is not what the route takes; `path` names the place.',
    message: 'query.limit: Too big: expected number to be <=500',
  },
  'request.two-identities': {
    statuses: [400],
    when: 'The request carries an API token and a session cookie.',
    message: 'The request has an API token and a session cookie. Send one of them.',
  },
  'request.wrong-host': {
    statuses: [421],
    when: 'The Host header is none of the names of this server.',
    message: 'This server does not answer under that name. Use its address, or give the name with --name.',
  },
  'request.too-many': {
    statuses: [429],
    when: 'This address sent too many requests within a minute.',
    message: 'Too many requests. Wait a minute.',
  },
  'token.invalid': {
    statuses: [401],
    when: 'The API token is wrong, expired or revoked.',
    message: 'The API token is wrong, expired or revoked. Make another one under My account.',
  },
  'server.failed': {
    statuses: [500],
    when: 'The server has a fault; its log names it.',
    message: 'Something went wrong in the server. Its log says what.',
  },
} as const satisfies Record<string, Refusal>

/** Who calls, and whether that is enough. */
const people = {
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

/** What the thing asked about stands against. */
const things = {
  'request.not-found': {
    statuses: [404],
    when: 'There is none with this id, or the caller may not see it.',
    message: 'There is no such alert. It may have been removed; reload the list.',
  },
  'alert.not-found': { statuses: [404], when: 'The alert is gone.', message: 'There is no such alert.' },
  'alert.changed': {
    statuses: [409],
    when: 'Somebody else was first; `conflict` says who, and how the alert stands now.',
    message: 'mia has marked it as handled since you looked. Look again, then decide.',
  },
  'alert.not-offered': {
    statuses: [409],
    when: 'The operation does not fit the state of the alert.',
    message: 'It is handled already.',
  },
  'alert.note-missing': { statuses: [400], when: 'The note is empty.', message: 'A note needs some text.' },
  'alert.note-not-found': {
    statuses: [409],
    when: 'The note was taken away.',
    message: 'There is no such note any more.',
  },
  'alert.note-not-yours': {
    statuses: [403],
    when: 'Somebody else wrote the note.',
    message: 'Only mia can change this note. Add one of your own.',
  },
  'alert.assignee-missing': {
    statuses: [400],
    when: 'It was not said whom to assign to.',
    message: 'Say whom the alert is for, or null for nobody.',
  },
  'alert.assignee-unknown': {
    statuses: [400],
    when: 'Nobody of that name can handle it.',
    message: 'There is no user mia who can handle alerts. Choose one of the list.',
  },
  'batch.empty': {
    statuses: [400],
    when: 'No alert is left of those chosen.',
    message: 'No alert was chosen, or none is there any more.',
  },
  'batch.not-undoable': {
    statuses: [409],
    when: 'The batch runs, did nothing, or was taken back.',
    message: 'It was taken back already.',
  },
  'incident.not-found': { statuses: [404], when: 'The incident is gone.', message: 'There is no such incident.' },
  'incident.changed': {
    statuses: [409],
    when: 'Somebody else was first.',
    message: 'Somebody changed this incident since you looked. Reload it.',
  },
  'incident.not-offered': {
    statuses: [409],
    when: 'The operation does not fit the state of the incident.',
    message: 'The incident is closed already.',
  },
  'incident.note-missing': { statuses: [400], when: 'The note is empty.', message: 'A note needs some text.' },
  'incident.note-not-found': {
    statuses: [409],
    when: 'The note was taken away.',
    message: 'There is no such note any more.',
  },
  'incident.note-not-yours': {
    statuses: [403],
    when: 'Somebody else wrote the note.',
    message: 'Only mia can change this note. Add one of your own.',
  },
  'whitelist.expired': {
    statuses: [400],
    when: 'The rule would end before it begins.',
    message: 'The rule would expire before it begins.',
  },
  'whitelist.too-broad': {
    statuses: [400],
    when: 'The rule would hide nearly everything.',
    message: 'The expression matches the empty text, so it matches everything.',
  },
  'whitelist.no-condition': {
    statuses: [400],
    when: 'The rule has no condition, or too many.',
    message: 'A rule needs at least one condition.',
  },
  'whitelist.unknown-field': {
    statuses: [400],
    when: 'A condition names a field that there is not.',
    message: 'There is no field process.colour.',
  },
  'whitelist.bad-regex': {
    statuses: [400],
    when: 'A regular expression cannot be used.',
    message: 'The expression cannot be used: missing closing ).',
  },
  'filter.name-taken': {
    statuses: [409],
    when: 'Another filter of the caller has the name.',
    message: 'You have a filter with this name already.',
  },
  'filter.too-many': {
    statuses: [409],
    when: 'The caller has as many filters as anybody may have.',
    message: 'You have 100 filters. Delete one first.',
  },
  'asset.group-not-allowed': {
    statuses: [403],
    when: 'Assets would leave the groups that the caller sees.',
    message: 'You may move assets only into the groups that you see yourself.',
  },
  'collection.no-agent': {
    statuses: [409],
    when: 'The asset has no agent of its own.',
    message: 'This server has no agent: its records come through another one. Decide there what is collected.',
  },
  'collection.token-needed': {
    statuses: [400],
    when: 'A receiver on an address other than loopback lacks a token.',
    message: 'HTTP on an address other than loopback needs a token. Make one, and give it to the senders.',
  },
  'edition.not-included': {
    statuses: [409],
    when: 'The edition of the asset does not have the feature.',
    message:
      'This needs the edition Enterprise, and web-1 has Basic. An administrator can change it on the Servers page.',
  },
  'response.not-offered': {
    statuses: [409],
    when: 'The operation does not fit the alert or the asset as it is now.',
    message: 'The agent of web-1 is not connected.',
  },
  'uninstall.quarantine': {
    statuses: [409],
    when: 'Files in quarantine on the host would be destroyed with its agent, and nobody agreed to that.',
    message: '3 files are in quarantine there and would be destroyed. Restore them first, or agree to that.',
  },
  'response.no-such-target': {
    statuses: [409],
    when: 'The evidence does not name the process, file or address.',
    message: 'The evidence of this alert does not name that. Reload the alert, then choose again.',
  },
  'response.no-plan': {
    statuses: [409],
    when: 'There is no finished plan of a deep cleanup.',
    message: 'There is no finished plan to carry out.',
  },
  'response.no-such-part': {
    statuses: [409],
    when: 'The plan lacks one of the parts.',
    message: 'The plan does not have all of these parts. Make it anew.',
  },
  'operation.ended': {
    statuses: [409],
    when: 'Nothing of the operation waits any more.',
    message: 'All of its tasks have ended.',
  },
  'operation.not-undoable': {
    statuses: [409],
    when: 'The operation cannot be undone, or was.',
    message: 'None of these can be undone.',
  },
  'quarantine.not-there': {
    statuses: [409],
    when: 'The file is not in quarantine any more, or something is under way with it.',
    message: 'The file is restored. Reload the list.',
  },
  'address.invalid': {
    statuses: [400],
    when: 'The text is no address and no range.',
    message: '"192.0.2" is no IP address and no range (CIDR).',
  },
  'address.protected': {
    statuses: [409],
    when: 'Blocking the address would cut off who must never be cut off.',
    message: '192.0.2.1 is an approved address.',
  },
  'ip-rule.not-found': { statuses: [404], when: 'The rule is gone.', message: 'There is no such rule any more.' },
  'brute-force.invalid-choice': {
    statuses: [400],
    when: 'A value is none of those to choose from.',
    message: 'One of the values is not among those to choose from.',
  },
  'settings.unknown-name': {
    statuses: [400],
    when: 'There is no such setting.',
    message: 'There is no setting "sessions.idleMinuts". Did you mean sessions.idleMinutes?',
  },
  'settings.invalid-value': {
    statuses: [400],
    when: 'The value does not fit the setting.',
    message: 'sessions.idleMinutes must be a whole number from 5 to 10080 (minutes).',
  },
  'settings.file-only': {
    statuses: [409],
    when: 'Only rampart.yml can say it.',
    message: 'server.listen is needed before anybody signs in. Set it in rampart.yml, then restart the server.',
  },
  'settings.pinned': {
    statuses: [409],
    when: 'rampart.yml says it, and comes first.',
    message: 'sessions.idleMinutes is set by rampart.yml:2:3. Change it there, then run "rampart reload".',
  },
} as const satisfies Record<string, Refusal>

/** What the search has against a question, and what keeps the server from an answer. */
const machinery = {
  'query.too-long': {
    statuses: [400],
    when: 'The search text is too long.',
    message: 'A query has at most 4096 characters. (character 4097)',
  },
  'query.too-many-terms': {
    statuses: [400],
    when: 'The search text has too many terms.',
    message: 'A query has at most 64 terms.',
  },
  'query.unknown-field': {
    statuses: [400],
    when: 'There is no such field.',
    message: 'There is no field process.colour. (character 1)',
  },
  'query.missing-value': {
    statuses: [400],
    when: 'A field has no value.',
    message: 'A value is missing after the colon. (character 9)',
  },
  'query.unclosed-quote': {
    statuses: [400],
    when: 'A quotation mark is not closed.',
    message: 'The quotation mark is not closed. (character 1)',
  },
  'query.unclosed-list': {
    statuses: [400],
    when: 'A list is not closed.',
    message: 'The list has no closing parenthesis. (character 5)',
  },
  'query.not-a-number': {
    statuses: [400],
    when: 'The field takes numbers.',
    message: 'process.pid takes a number or a range. (character 13)',
  },
  'query.not-an-address': {
    statuses: [400],
    when: 'The field takes addresses.',
    message: 'x is no address and no CIDR range. (character 16)',
  },
  'search.invalid-cursor': {
    statuses: [400],
    when: 'The cursor is none of this search.',
    message: 'The cursor does not belong to this search.',
  },
  'search.busy': {
    statuses: [503],
    when: 'Too many searches are under way.',
    message: 'Other searches are under way. Try again in a moment.',
  },
  'search.unavailable': {
    statuses: [503],
    when: 'The search process starts, or has a fault.',
    message: 'The search is starting. Try again in some seconds.',
  },
  'search.cancelled': { statuses: [499], when: 'The caller went away.', message: 'The search was given up.' },
  'state.disk-full': {
    statuses: [503],
    when: 'The disk of the server is full: nothing can be changed.',
    message: 'The disk of the server is full: nothing can be changed until some space is free.',
  },
} as const satisfies Record<string, Refusal>

/** By code. Codes are permanent. */
export const refusals = { ...everywhere, ...people, ...things, ...machinery } as const
export type RefusalCode = keyof typeof refusals
export const refusalCodes = Object.keys(refusals) as RefusalCode[]

/** Codes that every route can refuse with. */
export const everyRouteRefuses = Object.keys(everywhere) as RefusalCode[]
