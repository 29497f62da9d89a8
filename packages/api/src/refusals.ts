/** Every code with which a route refuses: its statuses, when it comes, and an example of what the person reads. */
import { people } from './refusals-of-people.ts'
import { things } from './refusals-of-things.ts'

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
    message: 'The place to go on from is not valid. Search again.',
  },
  'search.busy': {
    statuses: [503],
    when: 'Too many searches are under way.',
    message: 'Too many searches at once. Try again in a moment.',
  },
  'search.unavailable': {
    statuses: [503],
    when: 'The search process starts, or has a fault.',
    message: 'The search process ended while it searched. It is started anew; try again.',
  },
  'search.cancelled': {
    statuses: [499],
    when: 'The caller went away.',
    message: 'Nobody waits for this search any longer.',
  },
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
