/** What an executor gets of the host it works on, besides the task. */

export interface ExecutionHost {
  /** Root-only folder of the agent for what tasks keep: vault, blocked addresses. */
  directory: string
  /** Processes of the agent itself, and what starts it again. */
  ownPids: readonly number[]
  /** Boot id as in entity ids of events. */
  bootId: string
  /** Where the agent's server is; its addresses are never blocked. */
  server: { host: string; port: number; addresses: readonly string[] }
  policy: ResponsePolicy
  /** What the task keeps for the case that it is run again after a crash; on disk when `keep` returns. */
  memory: { kept(): unknown; keep(value: unknown): void }
  /** Between 0 and 1. */
  progress(fraction: number): void
  /** Takes the newest package of the server; resolves when it has proved itself or the version before runs again. */
  upgrade?(): Promise<{ ok: true; version: string; before: string } | { ok: false; code: string; message: string }>
  /**
   * Begins the removal of the agent from outside of it; what removes it tells the server how it ended. `lift` is called when
   * nothing speaks against it, and returns why it failed.
   */
  uninstall?(lift: () => string | undefined): Promise<{ ok: true } | { ok: false; code: string; message: string }>
  /** Sends a piece of a file to the server; resolves when it is on its way. */
  sendData(offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>
}

/** What the installation's people decided, from the server's policy. */
export interface ResponsePolicy {
  /** Paths of programs that are never ended, and whose files are never moved, besides the built-in ones. */
  protectedPaths: readonly string[]
  /** Addresses and CIDRs that are never blocked, besides those that the agent finds itself. */
  approvedAddresses: readonly string[]
  vault: { maxBytes: number; maxFileBytes: number; keepMs: number }
}

const dayMs = 24 * 3_600_000
export const defaultPolicy: ResponsePolicy = {
  protectedPaths: [],
  approvedAddresses: [],
  vault: { maxBytes: 2 * 1024 ** 3, maxFileBytes: 512 * 1024 ** 2, keepMs: 30 * dayMs },
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, 1000) : []
const positive = (value: unknown, otherwise: number): number =>
  Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : otherwise

/** The policy key `response`, read with care: what is missing or wrong stands as it is by default. */
export function readResponsePolicy(value: unknown): ResponsePolicy {
  const { protectedPaths, approvedAddresses, vault } = isObject(value) ? value : {}
  const { maxBytes, maxFileBytes, keepMs } = isObject(vault) ? vault : {}
  return {
    protectedPaths: texts(protectedPaths),
    approvedAddresses: texts(approvedAddresses),
    vault: {
      maxBytes: positive(maxBytes, defaultPolicy.vault.maxBytes),
      maxFileBytes: positive(maxFileBytes, defaultPolicy.vault.maxFileBytes),
      keepMs: positive(keepMs, defaultPolicy.vault.keepMs),
    },
  }
}
