/** Syslog messages over UDP (RFC 5426), TCP with octet counting (RFC 6587) or TLS (RFC 5425). */
import { createSocket } from 'node:dgram'
import { connect as connectPlain, isIP, isIPv6, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import { cutToBytes } from '../formats/syslog.ts'
import { DeliveryError, reach } from '../reach.ts'

export interface SyslogTarget {
  host: string
  port: number
  transport: 'udp' | 'tcp' | 'tls'
  /** PEM, or empty for the public authorities. */
  authority: string
  allowPrivate: boolean
}

const timeoutMs = 15_000
/** Largest datagram, bytes: what RFC 5424 (6.1) and RFC 5426 (3.2) say that every receiver should take. */
export const datagramMax = 2048

/** Over UDP nobody answers: it says only that the messages left. Fails with `notify.unreachable`. */
export async function sendSyslog(target: SyslogTarget, messages: readonly string[]): Promise<string> {
  const address = await reach(target.host, target.allowPrivate)
  if (target.transport === 'udp') await sendDatagrams(address, target.port, messages)
  else await sendStream(address, target, messages)
  return `${messages.length} ${messages.length === 1 ? 'message' : 'messages'} written`
}

async function sendDatagrams(address: string, port: number, messages: readonly string[]): Promise<void> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  try {
    for (const message of messages)
      await new Promise<void>((resolve, reject) => {
        const bytes = Buffer.from(cutToBytes(message, datagramMax))
        socket.send(bytes, port, address, (error) => (error ? reject(unreachable(error)) : resolve()))
      })
  } finally {
    socket.close()
  }
}

function sendStream(address: string, target: SyslogTarget, messages: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket =
      target.transport === 'tls'
        ? connectSecure({
            host: address,
            port: target.port,
            // A name is checked against the certificate; for a bare address the address itself is.
            ...(isIP(target.host) ? {} : { servername: target.host }),
            ...(target.authority && { ca: target.authority }),
            minVersion: 'TLSv1.2',
          })
        : connectPlain({ host: address, port: target.port })
    const fail = (error: Error) => {
      socket.destroy()
      reject(unreachable(error))
    }
    const deadline = setTimeout(() => fail(new Error(`no connection within ${timeoutMs / 1000} s`)), timeoutMs)
    socket.on('error', fail)
    socket.on('close', () => {
      clearTimeout(deadline)
      resolve()
    })
    socket.on(target.transport === 'tls' ? 'secureConnect' : 'connect', () => {
      for (const message of messages) socket.write(`${Buffer.byteLength(message)} ${message}`)
      socket.end()
      // Receivers need not close their half.
      socket.on('finish', () => setTimeout(() => socket.destroy(), 1000).unref())
    })
    socket.resume()
  })
}

const unreachable = (error: Error) => new DeliveryError('notify.unreachable', error.message)
