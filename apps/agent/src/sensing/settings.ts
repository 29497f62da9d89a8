/** What the agent tells a new sensor process on its command line, as JSON. Nothing secret: every user can read it. */
import type { Asset } from '@rampart/event'
import type { LogSource } from '@rampart/sensor'

export interface SensingSettings {
  /** The agent's unix socket. */
  socket: string
  stateDirectory: string
  asset: Asset
  /** How long the process goes on without an agent, ms. */
  lingerMs: number
  /** Tells builds apart: a process left by another build is not taken over. */
  build: string
  /** Logs to follow besides the usual ones. */
  logs?: readonly LogSource[]
  /** Path of a module to take the sensors from instead of packages/sensor. */
  sensorModule?: string
}
