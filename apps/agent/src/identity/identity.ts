/** Who this agent is: the files in its state directory that say so, written at enrolment and read at every start. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Identity {
  assetId: string
  /** wss URL of the agent port. */
  server: string
  /** /etc/machine-id at enrolment; a copy of the state directory on another machine shows by it. */
  machineId: string
  enrolledAt: string
}
export interface Credentials {
  identity: Identity
  key: string
  certificate: string
  authority: string
}
export type LoadedCredentials =
  | { ok: true; credentials: Credentials }
  | { ok: false; code: 'identity.not-enrolled' | 'identity.damaged'; message: string }

const files = { identity: 'identity.json', key: 'key.pem', certificate: 'certificate.pem', authority: 'authority.pem' }

/** Id of the installation of the operating system; empty where there is none. */
export function readMachineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim().slice(0, 128)
  } catch {
    return ''
  }
}

export function loadCredentials(stateDirectory: string): LoadedCredentials {
  const path = (name: keyof typeof files) => join(stateDirectory, files[name])
  if (!existsSync(path('identity')))
    return {
      ok: false,
      code: 'identity.not-enrolled',
      message: `no identity in ${stateDirectory}: enrol this host with a token from the console first`,
    }
  try {
    const identity: Identity = JSON.parse(readFileSync(path('identity'), 'utf8'))
    if (typeof identity.assetId !== 'string' || !identity.server?.startsWith('wss://'))
      throw new Error('fields missing')
    const [key, certificate, authority] = (['key', 'certificate', 'authority'] as const).map((name) =>
      readFileSync(path(name), 'utf8'),
    ) as [string, string, string]
    if (fits(key, certificate)) return { ok: true, credentials: { identity, key, certificate, authority } }
    // A renewal was cut off between its two files: the other half still bears its first name.
    const renewed = readFileSync(`${path('certificate')}.new`, 'utf8')
    if (!fits(key, renewed)) throw new Error('the key does not fit the certificate')
    renameSync(`${path('certificate')}.new`, path('certificate'))
    return { ok: true, credentials: { identity, key, certificate: renewed, authority } }
  } catch (error) {
    const message = `the identity in ${stateDirectory} cannot be read (${(error as Error).message}): enrol this host again`
    return { ok: false, code: 'identity.damaged', message }
  }
}

/** Writes a new identity. identity.json comes last: it exists only when everything else does. */
export function saveCredentials(stateDirectory: string, { identity, key, certificate, authority }: Credentials): void {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 })
  const texts = { key, certificate, authority, identity: `${JSON.stringify(identity, null, 2)}\n` }
  for (const [name, text] of Object.entries(texts)) {
    const path = join(stateDirectory, files[name as keyof typeof files])
    writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true })
    renameSync(`${path}.new`, path)
  }
}

const releaseFile = 'release.pem'

/** The key that packages of this agent are held against; undefined for one that was enrolled before there was one. */
export function loadReleaseKey(stateDirectory: string): string | undefined {
  try {
    return readFileSync(join(stateDirectory, releaseFile), 'utf8')
  } catch {
    return undefined
  }
}

/** Kept as the server said it at enrolment or renewal, where the server has proved who it is. */
export function saveReleaseKey(stateDirectory: string, releaseKey: unknown): void {
  if (typeof releaseKey !== 'string' || releaseKey.length > 1024) return
  const path = join(stateDirectory, releaseFile)
  writeFileSync(`${path}.new`, releaseKey, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}

/** Replaces key and certificate; at every moment a pair that fits can be found. */
export function saveKeyPair(stateDirectory: string, key: string, certificate: string): void {
  const [keyPath, certificatePath] = [join(stateDirectory, files.key), join(stateDirectory, files.certificate)]
  writeFileSync(`${certificatePath}.new`, certificate, { mode: 0o600, flush: true })
  writeFileSync(`${keyPath}.new`, key, { mode: 0o600, flush: true })
  renameSync(`${keyPath}.new`, keyPath)
  renameSync(`${certificatePath}.new`, certificatePath)
}

function fits(key: string, certificate: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

/** True when less than a third of the certificate's life is left. */
export function needsRenewal(certificate: string, now: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(certificate)
  const from = validFromDate.getTime()
  return now > from + ((validToDate.getTime() - from) * 2) / 3
}
