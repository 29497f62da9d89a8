/** What the server's policy says about the agent itself, read with care and kept for starts without a server. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface AgentPolicy {
  /** Room of the spool on disk, bytes. Policy key `agent.spoolMaxBytes`. */
  spoolMaxBytes: number
  /** Handed to the sensors as it is. Policy key `sensor`. */
  sensor: Record<string, unknown>
  /** Handed to the responder process as it is. Policy key `response`. */
  response: Record<string, unknown>
}

export const defaultSpoolBytes = 256 * 1024 * 1024
const smallestSpoolBytes = 1024 * 1024
const file = 'policy.json'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Unknown keys are left alone, wrong values give the default. */
export function readPolicy(policy: unknown): AgentPolicy {
  const { agent, sensor, response } = isObject(policy) ? policy : {}
  const spoolMaxBytes = isObject(agent) ? agent.spoolMaxBytes : undefined
  const usable = Number.isSafeInteger(spoolMaxBytes) && (spoolMaxBytes as number) >= smallestSpoolBytes
  return {
    spoolMaxBytes: usable ? (spoolMaxBytes as number) : defaultSpoolBytes,
    sensor: isObject(sensor) ? sensor : {},
    response: isObject(response) ? response : {},
  }
}

export function loadPolicy(stateDirectory: string): AgentPolicy {
  try {
    return readPolicy(JSON.parse(readFileSync(join(stateDirectory, file), 'utf8')))
  } catch {
    return readPolicy(undefined)
  }
}

/** The policy in force; `take` keeps what the server sent for the next start, then tells `onChange` whether `sensor` differs. */
export function keepPolicy(
  stateDirectory: string,
  first: AgentPolicy,
  onChange: (change: { sensor: boolean }) => void,
) {
  const kept = {
    now: first,
    take(policy: Record<string, unknown>): void {
      try {
        const path = join(stateDirectory, file)
        writeFileSync(`${path}.new`, JSON.stringify(policy), { mode: 0o600 })
        renameSync(`${path}.new`, path)
      } catch {
        // No reason to stop: the server sends it again with the next welcome.
      }
      const before = kept.now
      kept.now = readPolicy(policy)
      onChange({ sensor: JSON.stringify(before.sensor) !== JSON.stringify(kept.now.sensor) })
    },
  }
  return kept
}
