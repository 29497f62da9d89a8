/** The HTTP API with a signed-in session. */
import type { AlertDetail, AlertPage, Session } from '@rampart/api'
import { ownPassword } from './browser.ts'

export interface Client {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body?: object): Promise<T>
  /** All alerts, newest first. */
  alerts(): Promise<AlertPage['items']>
  detail(id: string): Promise<AlertDetail>
}

/** Signs in with the one-time password (and sets the own one) or with the own one. */
export async function signInApi(console: string, oneTimePassword: string | null): Promise<Client> {
  const send = (method: string, path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(console + path, {
      method,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    })
  const answer = await send('POST', '/api/v1/session', { username: 'admin', password: oneTimePassword ?? ownPassword })
  if (!answer.ok) throw new Error(`sign-in: ${answer.status} ${await answer.text()}`)
  let cookie = cookieOf(answer)
  let session = (await answer.json()) as Session
  if (session.mustChangePassword) {
    const change = { current: oneTimePassword, next: ownPassword }
    const changed = await send('PUT', '/api/v1/session/password', change, {
      cookie,
      'x-rampart-csrf': session.csrfToken,
    })
    if (!changed.ok) throw new Error(`password: ${changed.status} ${await changed.text()}`)
    cookie = cookieOf(changed) || cookie
    session = (await changed.json()) as Session
  }
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(console + path, { headers: { cookie } })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const post = async <T>(path: string, body: object = {}): Promise<T> => {
    const response = await send('POST', path, body, { cookie, 'x-rampart-csrf': session.csrfToken })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  return {
    get,
    post,
    async alerts() {
      const items: AlertPage['items'] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: AlertPage = await get(
          `/api/v1/alerts?handled=all&limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
        )
        items.push(...page.items)
        cursor = page.nextCursor
      }
      return items
    },
    detail: (id) => get(`/api/v1/alerts/${id}`),
  }
}

function cookieOf(response: Response): string {
  return response.headers.get('set-cookie')?.split(';')[0] ?? ''
}
