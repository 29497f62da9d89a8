/** A key pair in, a PKCS#10 certificate request (RFC 2986) in PEM out. The subject is only a label: the server chooses the name. */
import { type KeyObject, sign } from 'node:crypto'

const tag = { sequence: 0x30, set: 0x31, integer: 0x02, bits: 0x03, object: 0x06, text: 0x0c, attributes: 0xa0 }
// 2.5.4.3 commonName and 1.2.840.10045.4.3.2 ecdsa-with-SHA256
const commonName = Buffer.from([0x55, 0x04, 0x03])
const ecdsaWithSha256 = Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])

/** DER: tag, length, content. */
function der(kind: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 128) return Buffer.concat([Buffer.from([kind, body.length]), body])
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 255 ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.from([kind, 0x80 | length.length]), length, body])
}

/** `keys` is an ECDSA P-256 pair. */
export function certificateRequest(keys: { publicKey: KeyObject; privateKey: KeyObject }, name: string): string {
  const label = der(tag.text, Buffer.from(name.slice(0, 64)))
  const information = der(
    tag.sequence,
    der(tag.integer, Buffer.from([0])),
    der(tag.sequence, der(tag.set, der(tag.sequence, der(tag.object, commonName), label))),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    der(tag.attributes),
  )
  const signature = sign('sha256', information, keys.privateKey)
  const request = der(
    tag.sequence,
    information,
    der(tag.sequence, der(tag.object, ecdsaWithSha256)),
    der(tag.bits, Buffer.from([0]), signature),
  )
  const lines = request.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`
}
