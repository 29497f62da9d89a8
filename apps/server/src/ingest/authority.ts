/** The installation's own certificate authority: signs the server's certificate and one for each agent. */
import 'reflect-metadata'
import { createHash, randomBytes, type webcrypto, X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  X509Certificate as X509Parsed,
} from '@peculiar/x509'
import { fail, ok, type Result, type StartError } from '../errors.ts'

type CryptoKey = webcrypto.CryptoKey

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const dayMs = 24 * 3_600_000
const authorityDays = 3650
const serverDays = 397
/** Life of an agent's certificate, days. */
export const agentDays = 90
/** Clocks of agents may be this far behind. */
const backdatedMs = 3_600_000

export interface KeyPair {
  /** PEM, the leaf first, then the authority. */
  certificate: string
  /** PKCS#8 PEM. */
  key: string
}

export interface IssuedCertificate {
  /** PEM of the leaf. */
  certificate: string
  /** Serial number, lower-case hexadecimal. */
  serial: string
  notAfter: number
}

export type RequestIssue = 'enrolment.invalid-request' | 'enrolment.wrong-key'

/** Holds the authority's key; it never leaves the state directory. */
export class Authority {
  readonly #directory: string
  readonly #certificate: X509Parsed
  readonly #key: CryptoKey
  /** PEM of the authority's certificate. */
  readonly certificate: string
  /** SHA-256 of its DER form, lower-case hexadecimal. */
  readonly fingerprint: string

  private constructor(directory: string, certificate: string, key: CryptoKey) {
    this.#directory = directory
    this.certificate = certificate
    this.#certificate = new X509Parsed(certificate)
    this.#key = key
    this.fingerprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex')
  }

  /** Opens the authority in `directory`, or makes it when the directory has none. Keys are readable by their owner only. */
  static async open(directory: string, now: number): Promise<Result<Authority>> {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      const certificateFile = join(directory, 'authority.pem')
      const keyFile = join(directory, 'authority.key')
      // The certificate is written last: without it what is there is a start that was cut off.
      if (!existsSync(certificateFile)) await makeAuthority(certificateFile, keyFile, now)
      const key = await importKey(readFileSync(keyFile, 'utf8'))
      return ok(new Authority(directory, readFileSync(certificateFile, 'utf8'), key))
    } catch (cause) {
      return fail<StartError>({
        code: 'state.authority-unreadable',
        message: `The certificate authority in ${directory} cannot be used (${cause instanceof Error ? cause.message : cause}). Restore that folder from a backup; without it every agent has to be enrolled again.`,
        cause,
      })
    }
  }

  /** The server's certificate for these names and addresses; kept, and made anew when they change or it is near its end. */
  async serverCertificate(names: readonly string[], now: number): Promise<KeyPair> {
    const certificateFile = join(this.#directory, 'server.pem')
    const keyFile = join(this.#directory, 'server.key')
    const wanted = [...new Set(names)].sort()
    if (existsSync(certificateFile) && existsSync(keyFile)) {
      const certificate = readFileSync(certificateFile, 'utf8')
      if (isServerCertificateGood(certificate, this.certificate, wanted, now))
        return { certificate, key: readFileSync(keyFile, 'utf8') }
    }
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const leaf = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: 'CN=Rampart server',
      issuer: this.#certificate.subject,
      notBefore: new Date(now - backdatedMs),
      notAfter: new Date(now + serverDays * dayMs),
      publicKey: keys.publicKey,
      signingKey: this.#key,
      signingAlgorithm: algorithm,
      extensions: [
        ...(await this.#leafExtensions(keys.publicKey, ExtendedKeyUsage.serverAuth)),
        new SubjectAlternativeNameExtension(
          wanted.map((name) => ({ type: isIP(name) ? ('ip' as const) : ('dns' as const), value: name })),
        ),
      ],
    })
    const pair = { certificate: `${pem(leaf)}${this.certificate}`, key: await exportKey(keys.privateKey) }
    writePrivate(keyFile, pair.key)
    writePrivate(certificateFile, pair.certificate)
    return pair
  }

  async #leafExtensions(publicKey: CryptoKey, usage: ExtendedKeyUsage) {
    return [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(this.#certificate),
    ]
  }

  /** Signs an agent's request (PKCS#10 PEM). Only its key is taken from it; the name is the asset id. */
  async signAgent(request: string, assetId: string, now: number): Promise<Result<IssuedCertificate, RequestIssue>> {
    let parsed: Pkcs10CertificateRequest
    try {
      parsed = new Pkcs10CertificateRequest(request)
      if (!(await parsed.verify())) return fail('enrolment.invalid-request')
    } catch {
      return fail('enrolment.invalid-request')
    }
    const keyAlgorithm = parsed.publicKey.algorithm as { name?: string; namedCurve?: string }
    if (keyAlgorithm.name !== 'ECDSA' || keyAlgorithm.namedCurve !== 'P-256') return fail('enrolment.wrong-key')
    const serial = serialNumber()
    const notAfter = now + agentDays * dayMs
    const publicKey = await parsed.publicKey.export()
    const leaf = await X509CertificateGenerator.create({
      serialNumber: serial,
      subject: `CN=${assetId}`,
      issuer: this.#certificate.subject,
      notBefore: new Date(now - backdatedMs),
      notAfter: new Date(notAfter),
      publicKey,
      signingKey: this.#key,
      signingAlgorithm: algorithm,
      extensions: await this.#leafExtensions(publicKey, ExtendedKeyUsage.clientAuth),
    })
    return ok({ certificate: pem(leaf), serial, notAfter })
  }
}

const pem = (certificate: X509Parsed) => `${certificate.toString('pem')}\n`

/** 127 random bits, positive, without a leading zero byte: its text is the same wherever it is read. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

async function makeAuthority(certificateFile: string, keyFile: string, now: number): Promise<void> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=Rampart authority ${randomBytes(4).toString('hex')}`,
    notBefore: new Date(now - backdatedMs),
    notAfter: new Date(now + authorityDays * dayMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  writePrivate(keyFile, await exportKey(keys.privateKey))
  writePrivate(certificateFile, pem(certificate))
}

function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true })
  chmodSync(`${file}.new`, 0o600)
  renameSync(`${file}.new`, file)
}

async function exportKey(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${(der.match(/.{1,64}/g) ?? []).join('\n')}\n-----END PRIVATE KEY-----\n`
}

async function importKey(text: string): Promise<CryptoKey> {
  const der = Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  return crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}

function isServerCertificateGood(text: string, authority: string, names: readonly string[], now: number): boolean {
  try {
    const certificate = new X509Certificate(text)
    if (certificate.validToDate.getTime() < now + 30 * dayMs) return false
    if (!certificate.verify(new X509Certificate(authority).publicKey)) return false
    return names.every((name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined)
  } catch {
    return false
  }
}
