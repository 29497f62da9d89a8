/** Entrance of the packaged agent: `rampart-agent run | enrol | status | …`, the commands of `rampart agent` alone. */
import { agentCommand } from './agent.ts'
import { runCommand } from './run-command.ts'

process.exitCode = await runCommand(agentCommand().name('rampart-agent'), process.argv.slice(2))
