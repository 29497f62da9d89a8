/** What server and agent agree on about packages of the agent: names, the signed statement, where they lie on the agent port. */
import { z } from 'zod'

/** GET on the agent port: a script that installs the newest package. */
export const installScriptPath = '/install.sh'
/** GET on the agent port: `<path>/<file>` the package itself, `<path>/latest?architecture=x64` its signed statement. */
export const packagesPath = '/packages'
/** POST on the agent port with a certificate: takes an uninstall token, or how the removal for a task ended. */
export const uninstallPath = '/uninstall'

export const packageArchitectures = ['x64', 'arm64'] as const
export type PackageArchitecture = (typeof packageArchitectures)[number]

/** `rampart-agent-0.1.0-linux-x64.tar.gz`. */
export const packageFilePattern =
  /^rampart-agent-(\d{1,6}\.\d{1,6}\.\d{1,6}[0-9A-Za-z.+~-]{0,40})-linux-(x64|arm64)\.tar\.gz$/

/** What is signed: which bytes are which version. */
export const packageStatement = z.object({
  file: z.string().regex(packageFilePattern),
  version: z.string().max(64),
  architecture: z.enum(packageArchitectures),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int().positive().max(1_000_000_000),
})
export type PackageStatement = z.infer<typeof packageStatement>

/** `statement` is the JSON text of a statement, `signature` Ed25519 over exactly these bytes in base64. */
export const signedStatement = z.object({ statement: z.string().max(4096), signature: z.string().max(256) })
export type SignedStatement = z.infer<typeof signedStatement>

export const uninstallRequest = z.union([
  z.object({
    token: z.string().max(512),
    /** Identity, spool and vault stay on the host. */
    keepState: z.boolean().default(false),
  }),
  z.object({
    /** Id of the task `uninstall-agent`: the server asked for it, so it needs no token. */
    task: z.string().max(64),
    state: z.enum(['done', 'failed']),
    code: z.string().max(64),
    message: z.string().max(1024),
  }),
])
export type UninstallRequest = z.infer<typeof uninstallRequest>

/** Order of versions by their numbers; what follows them (`-rc1`) counts as earlier than nothing, and then by text. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parts(one), parts(other)]
  for (const at of [0, 1, 2] as const)
    if (a.numbers[at] !== b.numbers[at]) return (a.numbers[at] ?? 0) - (b.numbers[at] ?? 0)
  if (a.rest === b.rest) return 0
  if (a.rest === '') return 1
  if (b.rest === '') return -1
  return a.rest < b.rest ? -1 : 1
}

function parts(version: string): { numbers: number[]; rest: string } {
  const [, first = '0', second = '0', third = '0', rest = ''] = /^(\d+)\.(\d+)\.(\d+)(.*)$/.exec(version) ?? []
  return { numbers: [first, second, third].map(Number), rest }
}
