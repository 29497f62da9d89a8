/** `rampart-agent upgrade` and `uninstall`: what changes the packaged agent itself. */
import { askToUninstall, liftBlocks, removePackage, upgradeAgent } from '@rampart/agent'
import { privateInput } from './private-input.ts'
import { prepareStateDirectory } from './state-directory.ts'

const badInput = 2
const uninstallVariable = 'RAMPART_UNINSTALL_TOKEN'

interface UpgradeOptions {
  state: string
  from?: string
  allowDowngrade?: boolean
  json?: boolean
}

export async function upgrade({ state, from, allowDowngrade, json }: UpgradeOptions): Promise<void> {
  const prepared = prepareStateDirectory(state)
  if (!prepared.ok) return refuse('upgrade', prepared)
  const onStep = (text: string) => process.stderr.write(`${text} …\n`)
  const upgraded = await upgradeAgent({ stateDirectory: prepared.path, from, allowDowngrade, onStep })
  if (!upgraded.ok) return refuse('upgrade', upgraded)
  const { version, before, changed } = upgraded
  if (json) process.stdout.write(`${JSON.stringify({ version, before, changed })}\n`)
  else
    process.stdout.write(
      changed
        ? `The agent is now version ${version}; before it was ${before}.\n`
        : `Version ${version} runs already.\n`,
    )
}

export async function uninstall(options: { state: string; token?: string; keepState?: boolean }): Promise<void> {
  const prepared = prepareStateDirectory(options.state)
  if (!prepared.ok) return refuse('uninstall', prepared)
  const token =
    options.token ??
    (await privateInput(uninstallVariable, 'Paste the uninstall token from the page of this server in the console'))
  const keepState = options.keepState ?? false
  const consented = await askToUninstall(prepared.path, token, keepState)
  if (!consented.ok) return refuse('uninstall', consented)
  await liftBlocks(prepared.path)
  const removed = removePackage(prepared.path, keepState)
  if (removed.ok) return
  if (removed.isPackage) return refuse('uninstall', { code: 'uninstall.not-removed', message: removed.message })
  process.stdout.write(
    `The server does not expect this agent any more. It runs from a checkout: stop it, then remove ${prepared.path}.\n`,
  )
}

function refuse(verb: string, { code, message }: { code: string; message: string }): void {
  process.stderr.write(`rampart-agent ${verb}: ${message} [${code}]\n`)
  process.exitCode = badInput
}
