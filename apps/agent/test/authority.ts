/** A certificate authority for tests: makes a server's certificate and signs agents' requests. */
import 'reflect-metadata'
import { createHash, webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const usages = { server: ExtendedKeyUsage.serverAuth, client: ExtendedKeyUsage.clientAuth }
const validity = () => ({ notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) })

export async function createAuthority() {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const root = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    serialNumber: '01',
    name: 'CN=Test authority',
    keys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  })
  const pem = root.toString('pem')
  let serial = 16

  async function sign(publicKey: webcrypto.CryptoKey, name: string, usage: ExtendedKeyUsage, names: string[]) {
    const certificate = await X509CertificateGenerator.create({
      ...validity(),
      serialNumber: (serial++).toString(16),
      subject: `CN=${name}`,
      issuer: root.subject,
      publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new ExtendedKeyUsageExtension([usage]),
        ...(names.length > 0
          ? [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'ip' as const, value })))]
          : []),
      ],
    })
    return certificate.toString('pem')
  }

  return {
    pem,
    fingerprint: createHash('sha256').update(Buffer.from(root.rawData)).digest('hex'),
    /** A certificate for 127.0.0.1, of a server unless told otherwise, with its chain and key. */
    async server(kind: 'server' | 'client' = 'server') {
      const pair = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey), 'PRIVATE KEY')
      return { cert: `${await sign(pair.publicKey, 'server', usages[kind], ['127.0.0.1'])}\n${pem}`, key }
    },
    async agent(request: string, assetId: string) {
      const parsed = new Pkcs10CertificateRequest(request)
      if (!(await parsed.verify())) throw new Error('the request is not signed by its own key')
      return sign(await parsed.publicKey.export(), assetId, ExtendedKeyUsage.clientAuth, [])
    },
  }
}
export type TestAuthority = Awaited<ReturnType<typeof createAuthority>>
