/** `rampart server revoke-agent`: ends what an agent may do, from the shell of the server. */
import { revokeInState } from '@rampart/server'
import { Command } from 'commander'
import { prepareStateDirectory, stateOption } from './state-directory.ts'

export function revokeAgentCommand(): Command {
  return new Command('revoke-agent')
    .argument('<asset>', 'id of the asset; the address of its page in the console ends with it')
    .description(
      "Take the certificates of an asset's agent back. A running server cuts its connection within five seconds; the host has to be enrolled again.",
    )
    .addOption(stateOption('server'))
    .option('--reason <text>', 'kept with the certificate and in the audit trail', 'no reason given')
    .option('--json', 'print one JSON object')
    .action((asset: string, options: { state: string; reason: string; json?: boolean }) => {
      const prepared = prepareStateDirectory(options.state)
      const revoked = prepared.ok
        ? revokeInState(prepared.path, asset, options.reason.slice(0, 256))
        : { ok: false as const, error: prepared }
      if (!revoked.ok) {
        process.stderr.write(`rampart server revoke-agent: ${revoked.error.message} [${revoked.error.code}]\n`)
        process.exitCode = 2
      } else if (options.json)
        process.stdout.write(`${JSON.stringify({ asset, certificates: revoked.value.certificates })}\n`)
      else
        process.stdout.write(
          revoked.value.certificates === 0
            ? `The agent of ${asset} had no certificate left that was good.\n`
            : `The agent of ${asset} is not accepted any more. To let it back in enrol its host with a new token.\n`,
        )
    })
}
