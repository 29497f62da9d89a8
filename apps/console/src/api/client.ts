/** One call of the HTTP API: typed by the routes table, failing with the API's own code and sentence. */
import type { ApiError, RouteAnswer, RouteBody, RouteName, RouteQuery } from '@rampart/api'
import { paths } from './paths.ts'

/** What the API answered instead of a result. `code` is permanent; `message` says what happened and what to do. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure'
  readonly code: string
  readonly status: number
  /** With `alert.changed`: who was first, and with what. */
  readonly conflict: ApiError['conflict']

  constructor(status: number, error: ApiError) {
    super(error.message)
    this.code = error.code
    this.status = status
    this.conflict = error.conflict
  }
}

interface Call<Name extends RouteName> {
  /** Value of `:id` in the path. */
  id?: string
  query?: RouteQuery<Name>
  body?: RouteBody<Name>
  signal?: AbortSignal
}

let csrfToken = ''
/** Remembers the token that the server wants back with every change. */
export function setCsrfToken(token: string): void {
  csrfToken = token
}

/** Query string of an object: lists become repeated parameters, empty values are left out. */
export function queryString(query: Record<string, unknown> | undefined): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null && item !== '') parameters.append(name, String(item))
    }
  }
  const text = parameters.toString()
  return text ? `?${text}` : ''
}

/** Calls one route. Throws `ApiFailure`; `network.unreachable` when no answer came. */
export async function call<Name extends RouteName>(name: Name, request: Call<Name> = {}): Promise<RouteAnswer<Name>> {
  const [method, path] = paths[name]
  const url = path.replace(':id', encodeURIComponent(request.id ?? '')) + queryString(request.query as never)
  const headers: Record<string, string> = { accept: 'application/json' }
  if (method !== 'GET') headers['x-rampart-csrf'] = csrfToken
  if (request.body !== undefined) headers['content-type'] = 'application/json'
  return send<RouteAnswer<Name>>(url, {
    method,
    headers,
    body: request.body === undefined ? null : JSON.stringify(request.body),
    signal: request.signal ?? null,
  })
}

/** A document of the server that is no route of the table. Throws as `call` does. */
export const readDocument = <Document>(path: string, signal: AbortSignal) =>
  send<Document>(path, { headers: { accept: 'application/json' }, signal })

async function send<Answer>(url: string, request: RequestInit): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(url, { ...request, credentials: 'same-origin' })
  } catch (cause) {
    if (request.signal?.aborted) throw cause
    throw new ApiFailure(0, { code: 'network.unreachable', message: '' })
  }
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) return answer as Answer
  throw new ApiFailure(response.status, asError(answer))
}

function asError(answer: unknown): ApiError {
  if (answer && typeof answer === 'object' && 'code' in answer && 'message' in answer) return answer as ApiError
  return { code: 'network.unexpected-answer', message: '' }
}
