/** One JSON request to the agent port, over TLS that believes only the installation's own authority. */
import { X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { visibleText } from '@rampart/event/visible-text'

export interface Refusal {
  ok: false
  code: `enrol.${'invalid-token' | 'agent-running' | 'unreachable' | 'untrusted-server' | 'refused' | 'invalid-answer'}`
  message: string
}
export type Answered = { ok: true; value: unknown } | Refusal

/** What the connection is made with: the authority, and for a renewal the present certificate and its key. All PEM. */
export interface Trust {
  ca: string
  cert?: string
  key?: string
}

export const timeoutMs = 15_000
const answerLimitBytes = 256 * 1024

export const refusal = (code: Refusal['code'], message: string): Refusal => ({ ok: false, code, message })

/** Never rejects. A longer answer than 256 KB or a longer wait than 15 s is a refusal. */
export function askServer(url: URL, trust: Trust, body: object): Promise<Answered> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' }
    const options = { method: 'POST', headers, ...trust, timeout: timeoutMs, agent: false }
    const call = request(url, options, (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > answerLimitBytes) response.destroy(new Error('the answer is too long'))
        else chunks.push(chunk)
      })
      response.once('error', (error) => resolve(refusal('enrol.invalid-answer', error.message)))
      response.once('end', () => resolve(readAnswer(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))))
    })
    call.once('timeout', () => call.destroy(new Error('no answer')))
    call.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        refusal(
          /certificate|altname|signature/i.test(error.message) ? 'enrol.untrusted-server' : 'enrol.unreachable',
          `${url.origin}: ${error.message}`,
        ),
      ),
    )
    call.end(JSON.stringify(body))
  })
}

function readAnswer(status: number, text: string): Answered {
  if (status !== 200 && status !== 201) {
    let said = `status ${status}`
    try {
      const { message, error } = JSON.parse(text)
      said = String(message ?? error?.message ?? said)
    } catch {
      // The status has to do.
    }
    // Its text goes to a terminal.
    return refusal('enrol.refused', `the server refused: ${visibleText(said, 300)}`)
  }
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return refusal('enrol.invalid-answer', "the server's answer is no JSON")
  }
}

/** Why a certificate (PEM) is of no use for this key (SPKI, DER) under this authority; undefined when it is good. */
export function checkCertificate(pem: string, authority: string, publicKey: Buffer): string | undefined {
  try {
    const certificate = new X509Certificate(pem)
    if (!certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(publicKey))
      return 'the server sent a certificate for another key'
    if (!certificate.verify(new X509Certificate(authority).publicKey))
      return 'the server sent a certificate of another authority'
    return undefined
  } catch (error) {
    return `the server sent an unusable certificate: ${(error as Error).message}`
  }
}
