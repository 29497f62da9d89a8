/** `agent status`: asks the running agent over its socket, or reads what a stopped one left behind. */
import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { askDoor } from './door-client.ts'
import { lockHolder } from './host/lock.ts'
import { type Identity, loadCredentials } from './identity/identity.ts'
import type { AgentReport } from './report.ts'
import { Drops } from './spool/drops.ts'

export interface StoppedReport {
  running: false
  /** Why nothing more is known. */
  reason: string
  identity: Identity | null
  spool: { bytes: number }
  dropped: Record<string, number>
}
export type AgentStatus = AgentReport | StoppedReport

/** Never throws. */
export async function agentStatus(stateDirectory: string): Promise<AgentStatus> {
  const directory = resolve(stateDirectory)
  const live = await askDoor(directory, { type: 'status' })
  if (live !== undefined) return live as AgentReport
  const loaded = loadCredentials(directory)
  const holder = lockHolder(directory)
  const stopped = loaded.ok ? 'the agent is not running' : loaded.message
  return {
    running: false,
    reason: holder === undefined ? stopped : `the agent (pid ${holder}) does not answer`,
    identity: loaded.ok ? loaded.credentials.identity : null,
    spool: { bytes: folderBytes(join(directory, 'spool')) },
    dropped: new Drops(join(directory, 'drops.json')).counts,
  }
}

function folderBytes(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  } catch {
    return 0
  }
}
