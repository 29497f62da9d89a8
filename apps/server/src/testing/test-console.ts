/** A browser at the level of HTTP, for tests: keeps its cookie and token, reads the live stream. */
import assert from 'node:assert/strict'
import { type RouteName, routes } from '@rampart/api'
import { answerFaults } from './api-document.ts'

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
  headers: Headers
}

export class TestConsole {
  readonly url: string
  cookie = ''
  csrf = ''
  /** An API token instead of a cookie. */
  bearer = ''

  constructor(url: string) {
    this.url = url
  }

  async fetch(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.cookie && { cookie: this.cookie }),
        ...(this.bearer && { authorization: `Bearer ${this.bearer}` }),
        ...(this.csrf && { 'x-rampart-csrf': this.csrf }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const cookie = response.headers.getSetCookie().find((one) => one.startsWith('rampart_session='))
    if (cookie && !this.bearer) this.cookie = cookie.split(';')[0] ?? ''
    const text = await response.text()
    const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json')
    return { status: response.status, body: isJson && text ? JSON.parse(text) : text, headers: response.headers }
  }

  /** Calls a route of the table; `:id` is replaced. */
  async call(
    name: RouteName,
    { id = '', query = '', body }: { id?: string; query?: string; body?: unknown } = {},
  ): Promise<Answer> {
    const route = routes[name]
    const path = route.path.replace(':id', encodeURIComponent(id))
    const answer = await this.fetch(route.method, query ? `${path}?${query}` : path, body)
    // Every answer is held against the description of the API.
    assert.deepEqual(answerFaults(name, answer), [], `${name}: ${JSON.stringify(answer.body).slice(0, 500)}`)
    return answer
  }

  async signIn(username: string, password: string, code?: string): Promise<Answer> {
    const answer = await this.call('signIn', { body: { username, password, code } })
    if (answer.status === 200) this.csrf = answer.body.csrfToken
    return answer
  }

  /** First sign-in of a new installation, with the change of password that it asks for. */
  async begin(first: { name: string; password: string }, next = 'a new and long password'): Promise<void> {
    await this.signIn(first.name, first.password)
    const changed = await this.call('changePassword', { body: { current: first.password, next } })
    if (changed.status !== 200) throw new Error(JSON.stringify(changed.body))
    this.csrf = changed.body.csrfToken
  }

  /** Live messages as they come; ends with `stop`. */
  async stream(onMessage: (name: string, data: unknown, id: string) => void, lastEventId = '') {
    const stop = new AbortController()
    const response = await fetch(`${this.url}/api/v1/stream`, {
      headers: { cookie: this.cookie, ...(lastEventId && { 'last-event-id': lastEventId }) },
      signal: stop.signal,
    })
    const read = async () => {
      let text = ''
      const decoder = new TextDecoder()
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk, { stream: true })
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const fields = new Map(
            text
              .slice(0, end)
              .split('\n')
              .map((line) => line.split(/: ?(.*)/s, 2) as [string, string]),
          )
          text = text.slice(end + 2)
          const name = fields.get('event')
          if (name) onMessage(name, JSON.parse(fields.get('data') ?? 'null'), fields.get('id') ?? '')
        }
      }
    }
    const ended = read().catch(() => {})
    return {
      response,
      ended,
      stop: async () => {
        stop.abort()
        await ended
      },
    }
  }
}
