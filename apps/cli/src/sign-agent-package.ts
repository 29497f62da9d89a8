/** `rampart server sign-agent-package`: the statement that lets agents of this installation take a package from a file. */
import { writeFileSync } from 'node:fs'
import { signAgentPackage } from '@rampart/server'
import { Command } from 'commander'
import { prepareStateDirectory, stateOption } from './state-directory.ts'

export function signAgentPackageCommand(): Command {
  return new Command('sign-agent-package')
    .argument('<file>', 'a .tar.gz that make agent-package built')
    .description(
      "Sign a package with this installation's key: writes <file>.statement, which rampart-agent upgrade --from wants beside the package. Packages that the server itself hands out need no such step.",
    )
    .addOption(stateOption('server'))
    .action(async (file: string, { state }: { state: string }) => {
      const prepared = prepareStateDirectory(state)
      const signed = prepared.ok ? await signAgentPackage(prepared.path, file) : { ok: false as const, error: prepared }
      if (!signed.ok) {
        process.stderr.write(`rampart server sign-agent-package: ${signed.error.message} [${signed.error.code}]\n`)
        process.exitCode = 2
        return
      }
      writeFileSync(`${file}.statement`, `${JSON.stringify(signed.value)}\n`)
      process.stdout.write(`${file}.statement\n`)
    })
}
