/** One e-mail in plain text over SMTP. */
import { isIP } from 'node:net'
import { createTransport } from 'nodemailer'
import { headline, type Note, textOf } from '../note.ts'
import { DeliveryError, reach } from '../reach.ts'

export interface Mail {
  host: string
  port: number
  security: 'starttls' | 'tls' | 'none'
  username: string
  password: string | undefined
  from: string
  to: readonly string[]
  /** PEM, or empty for the public authorities. */
  authority: string
  allowPrivate: boolean
  note: Note
}

const timeoutMs = 15_000

/** Fails with `notify.*`; answers what the server said. */
export async function sendMail(mail: Mail): Promise<string> {
  const address = await reach(mail.host, mail.allowPrivate)
  const transport = createTransport({
    host: address,
    port: mail.port,
    secure: mail.security === 'tls',
    requireTLS: mail.security === 'starttls',
    ignoreTLS: mail.security === 'none',
    // The certificate is that of the name, not of the address behind it.
    tls: {
      ...(isIP(mail.host) ? {} : { servername: mail.host }),
      minVersion: 'TLSv1.2',
      ...(mail.authority && { ca: mail.authority }),
    },
    ...(mail.username && { auth: { user: mail.username, pass: mail.password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    const sent = await transport.sendMail({
      from: mail.from,
      to: [...mail.to],
      subject: headline(mail.note),
      text: textOf(mail.note),
      messageId: `<${mail.note.id}@${mail.from.split('@')[1] ?? 'rampart'}>`,
      date: new Date(mail.note.at),
      headers: { 'auto-submitted': 'auto-generated' },
    })
    return String(sent.response ?? 'accepted').slice(0, 200)
  } catch (error) {
    const { code, responseCode, message } = error as Error & { code?: string; responseCode?: number }
    const final = code === 'EAUTH' || code === 'EENVELOPE' || (responseCode !== undefined && responseCode >= 500)
    throw new DeliveryError('notify.mail-refused', `${mail.host}: ${message.slice(0, 300)}`, final)
  } finally {
    transport.close()
  }
}
