/** Takes an agent's certificates back from the shell, for somebody with access to the state directory. Works while a server runs, which cuts the connection within seconds. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Database } from '@rampart/alert'
import { cliActor } from './cli-actor.ts'
import { fail, ok, type Result, type StartError } from './errors.ts'
import { Agents } from './store/agents.ts'
import { migrations } from './store/migrations.ts'
import { People } from './store/people.ts'

export function revokeInState(
  stateDirectory: string,
  assetId: string,
  reason: string,
): Result<{ certificates: number }> {
  const file = join(resolve(stateDirectory), 'rampart.db')
  if (!existsSync(file))
    return fail<StartError>({
      code: 'state.directory-unusable',
      message: `There is no database ${file}. Give the state directory of the server with --state.`,
    })
  const opened = Database.open(file, migrations)
  if (!opened.ok) return fail<StartError>(opened.error)
  try {
    const agents = new Agents(opened.database)
    if (!agents.agent(assetId))
      return fail<StartError>({
        code: 'asset.not-found',
        message: `There is no agent of an asset "${assetId}". The address of its page in the console ends with its id.`,
      })
    const at = Date.now()
    const certificates = agents.revoke(assetId, `taken back on the server: ${reason}`, at)
    const detail = { reason, certificates }
    new People(opened.database).record({
      at,
      actor: cliActor(),
      address: null,
      action: 'revokeAgent',
      subject: assetId,
      detail,
    })
    return ok({ certificates })
  } finally {
    opened.database.close()
  }
}
