/**
 * The text of an enrolment token: where the server is, which authority to trust, and a secret. It is one word, safe in
 * a shell: `rampart1.<server URL>.<fingerprint>.<secret>`, each part base64url without padding.
 */

export interface EnrolmentTokenParts {
  /** `https://host:port` of the agent port. The agent posts to `/enrol` there. */
  server: string
  /** SHA-256 of the authority certificate's DER form, 64 lower-case hexadecimal digits. The server sends that certificate in its TLS chain. */
  authorityFingerprint: string
  /** What the server recognises; random, at least 128 bits, base64url. */
  secret: string
}
export type ParsedEnrolmentToken =
  | { ok: true; token: EnrolmentTokenParts }
  | { ok: false; code: 'enrol.invalid-token'; message: string }

const prefix = 'rampart1'
const toBase64Url = (binary: string) => btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const fromBase64Url = (text: string) => atob(text.replaceAll('-', '+').replaceAll('_', '/'))

/** Writes a token. The enrolment request carries this whole text back, so the server may keep only its hash. */
export function formatEnrolmentToken(parts: EnrolmentTokenParts): string {
  const fingerprint = parts.authorityFingerprint.replace(/../g, (pair) =>
    String.fromCharCode(Number.parseInt(pair, 16)),
  )
  return [prefix, toBase64Url(new URL(parts.server).origin), toBase64Url(fingerprint), parts.secret].join('.')
}

/** Reads a token that a person pasted. Never throws. */
export function parseEnrolmentToken(text: string): ParsedEnrolmentToken {
  const refused = (message: string): ParsedEnrolmentToken => ({ ok: false, code: 'enrol.invalid-token', message })
  const word = text.trim()
  const parts = word.split('.')
  if (word.length > 512 || parts.length !== 4 || parts[0] !== prefix)
    return refused('this is not an enrolment token; copy the whole word that the server printed')
  const [, server = '', fingerprint = '', secret = ''] = parts
  if (!/^[\w-]{43}$/.test(fingerprint) || !/^[\w-]{16,128}$/.test(secret)) return refused('the token is cut or damaged')
  try {
    const url = new URL(fromBase64Url(server))
    if (url.protocol !== 'https:') return refused('the token names a server that does not speak TLS')
    const authorityFingerprint = Array.from(fromBase64Url(fingerprint), (character) =>
      character.charCodeAt(0).toString(16).padStart(2, '0'),
    ).join('')
    return { ok: true, token: { server: url.origin, authorityFingerprint, secret } }
  } catch {
    return refused('the token is cut or damaged')
  }
}
