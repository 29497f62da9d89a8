/** One POST of JSON to an http or https URL: no redirects, bounded answer, only to the address that was checked. */
import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { isIPv6 } from 'node:net'
import { DeliveryError, reach } from '../reach.ts'

const timeoutMs = 15_000
const answerMax = 16 * 1024

export interface Post {
  url: string
  body: string
  headers?: Record<string, string>
  /** PEM, or empty for the public authorities. */
  authority?: string
  allowPrivate: boolean
}

/** The body of a 2xx answer, at most 16 KiB. Fails with `notify.*`. */
export async function post({ url: text, body, headers, authority, allowPrivate }: Post): Promise<string> {
  const url = parseUrl(text)
  const address = await reach(url.hostname, allowPrivate)
  const send = url.protocol === 'https:' ? secureRequest : plainRequest
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(
        error instanceof DeliveryError
          ? error
          : new DeliveryError('notify.unreachable', `${url.host}: ${error.message}`),
      )
    const request = send(
      url,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'rampart',
          ...headers,
          'content-length': Buffer.byteLength(body),
        },
        // The name was looked up and checked already: a second look-up could answer otherwise.
        lookup: (_host, options, done) => {
          const family = isIPv6(address) ? 6 : 4
          if (options.all) done(null, [{ address, family }])
          else done(null, address, family)
        },
        timeout: timeoutMs,
        agent: false,
        ...(authority && { ca: authority }),
      },
      (response) => {
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes <= answerMax) chunks.push(chunk)
        })
        response.on('error', failed)
        response.on('end', () => {
          const status = response.statusCode ?? 0
          if (status >= 200 && status < 300) return resolve(Buffer.concat(chunks).toString())
          // What is wrong with the request stays wrong; everything else may pass.
          const final = status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429
          failed(new DeliveryError('notify.refused', `${url.host} answered ${status}.`, final))
        })
      },
    )
    const deadline = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
    request.on('close', () => clearTimeout(deadline))
    request.on('error', failed)
    request.end(body)
  })
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new DeliveryError(
      'notify.bad-url',
      'The URL has to begin with https:// (or http:// for a private address).',
      true,
    )
  return url
}
