/**
 * Two machines with one identity: hellos in, a reason out when one machine alone cannot have said them. A copied machine
 * brings the same certificate, so only the order of what is said tells: a boot that was over speaks again, another machine id
 * than at enrolment, or connections that keep pushing each other out although both were alive.
 */

export interface TwinHello {
  bootId: string
  machineId: string | undefined
  /** As at enrolment; empty on a host that has none. */
  enrolledMachineId: string
  /** It pushed out a connection that had answered until then. */
  tookOver: boolean
}

interface Seen {
  /** The boot that speaks now, and those before it. */
  bootId: string
  over: string[]
  takeovers: number[]
}

/** So many boots are remembered for each asset. */
const bootsKept = 16
/** So many takeovers of living connections within so long are no accident of the network. */
const takeoversMax = 4
const takeoverWindowMs = 10 * 60_000

export class Twins {
  readonly #seen = new Map<string, Seen>()
  readonly #found = new Map<string, string>()

  /** Why two machines use the identity of this asset; null while nothing says so. */
  of(assetId: string): string | null {
    return this.#found.get(assetId) ?? null
  }

  /** Forgets what was found, after the agent was enrolled again or its certificates were taken back. */
  forget(assetId: string): void {
    this.#seen.delete(assetId)
    this.#found.delete(assetId)
  }

  /** Takes note of a hello; a reason only when it was not known before. `now` is monotonic. */
  hello(assetId: string, hello: TwinHello, now: number): string | null {
    const seen = this.#seen.get(assetId) ?? { bootId: hello.bootId, over: [], takeovers: [] }
    this.#seen.set(assetId, seen)
    const reason = reasonOf(seen, hello, now)
    if (hello.bootId !== seen.bootId) {
      seen.over = [...seen.over.filter((one) => one !== hello.bootId), seen.bootId].slice(-bootsKept)
      seen.bootId = hello.bootId
    }
    if (reason === null || this.#found.has(assetId)) return null
    this.#found.set(assetId, reason)
    return reason
  }
}

function reasonOf(seen: Seen, hello: TwinHello, now: number): string | null {
  if (hello.machineId && hello.enrolledMachineId !== '' && hello.machineId !== hello.enrolledMachineId)
    return 'its machine id is another one than at enrolment'
  if (hello.bootId !== seen.bootId && seen.over.includes(hello.bootId))
    return 'two running systems speak in turn with one certificate'
  if (!hello.tookOver) return null
  seen.takeovers = [...seen.takeovers.filter((at) => now - at < takeoverWindowMs), now]
  return seen.takeovers.length < takeoversMax
    ? null
    : 'two connections with one certificate keep pushing each other out'
}
