/** A package file in, the statement signed with the installation's key out. */
import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { packageFilePattern, type SignedStatement } from '@rampart/api'
import { AgentPackages } from './agent-packages.ts'
import { fail, ok, type Result, type StartError } from './errors.ts'
import { statementOf } from './ingest/agent-downloads.ts'
import { ReleaseKey } from './ingest/release-key.ts'

export async function signAgentPackage(stateDirectory: string, file: string): Promise<Result<SignedStatement>> {
  const authority = join(resolve(stateDirectory), 'authority')
  if (!existsSync(authority))
    return fail<StartError>({
      code: 'state.directory-unusable',
      message: `There is no authority in ${authority}. Give the state directory of the server with --state.`,
    })
  const name = basename(file)
  const found = packageFilePattern.test(name) ? await new AgentPackages(dirname(resolve(file))).byFile(name) : null
  if (found === null)
    return fail<StartError>({
      code: 'package.unreadable',
      message: `${file} is no package of the agent. make agent-package builds one.`,
    })
  const key = ReleaseKey.open(authority)
  return key.ok ? ok(key.value.sign(statementOf(found))) : key
}
