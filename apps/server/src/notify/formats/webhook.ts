/** A note as a signed HTTP request, in the manner of the Standard Webhooks specification. */
import { createHmac } from 'node:crypto'
import type { Note } from '../note.ts'

export function webhookBody(note: Note): string {
  const { id, kind, at, alerts, total, consoleUrl } = note
  return JSON.stringify({
    id,
    type: `rampart.${kind}`,
    timestamp: new Date(at).toISOString(),
    data: { alerts, total, consoleUrl },
  })
}

/**
 * `webhook-signature: v1,<base64>` is the HMAC-SHA256 of `<id>.<seconds>.<body>`. A secret `whsec_<base64>` is decoded,
 * any other text is the key as it is.
 */
export function webhookHeaders(
  note: Note,
  body: string,
  secret: string | undefined,
  at: number,
): Record<string, string> {
  const seconds = String(Math.floor(at / 1000))
  const headers: Record<string, string> = { 'webhook-id': note.id, 'webhook-timestamp': seconds }
  if (!secret) return headers
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret
  const signature = createHmac('sha256', key).update(`${note.id}.${seconds}.${body}`).digest('base64')
  return { ...headers, 'webhook-signature': `v1,${signature}` }
}
