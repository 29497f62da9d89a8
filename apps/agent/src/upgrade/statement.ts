/** A signed statement about a package: JSON text in, what it says out, if the installation's key signed exactly these bytes. */
import { createPublicKey, verify } from 'node:crypto'
import { type PackageStatement, packageStatement, signedStatement } from '@rampart/api'

export type Verified =
  | { ok: true; statement: PackageStatement }
  | { ok: false; code: `upgrade.${string}`; message: string }

const refused = (code: `upgrade.${string}`, message: string): Verified => ({ ok: false, code, message })

/** `releaseKey` is the SPKI PEM that the agent learned at its enrolment. Never throws. */
export function verifyStatement(text: string, releaseKey: string): Verified {
  try {
    const signed = signedStatement.safeParse(JSON.parse(text))
    if (!signed.success)
      return refused('upgrade.invalid-statement', 'the statement about the package is not understood')
    const { statement, signature } = signed.data
    const key = createPublicKey(releaseKey)
    if (
      key.asymmetricKeyType !== 'ed25519' ||
      !verify(null, Buffer.from(statement), key, Buffer.from(signature, 'base64'))
    )
      return refused('upgrade.bad-signature', 'the package was not signed by the installation of this agent')
    const parsed = packageStatement.safeParse(JSON.parse(statement))
    if (!parsed.success) return refused('upgrade.invalid-statement', 'the signed statement is not understood')
    if (parsed.data.architecture !== process.arch)
      return refused(
        'upgrade.wrong-architecture',
        `the package is for ${parsed.data.architecture}, not ${process.arch}`,
      )
    return { ok: true, statement: parsed.data }
  } catch (error) {
    return refused(
      'upgrade.invalid-statement',
      `the statement about the package cannot be read: ${(error as Error).message}`,
    )
  }
}
