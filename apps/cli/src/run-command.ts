/** One commander command in, exit status out: 0 ok, 1 found something, 2 bad input or error. */
import { visibleLines } from '@rampart/event/visible-text'
import { type Command, CommanderError } from 'commander'

/** Never throws: every failure is printed on standard error and becomes status 2. */
export async function runCommand(root: Command, args: readonly string[], name = root.name()): Promise<number> {
  exitByThrowing(root)
  process.exitCode = 0
  try {
    await root.parseAsync([...args], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    process.stderr.write(`${name}: ${visibleLines(error instanceof Error ? error.message : String(error))}\n`)
    if (process.env.RAMPART_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    return 2
  }
}

function exitByThrowing(command: Command): void {
  command.exitOverride()
  command.showHelpAfterError('(see --help)')
  for (const child of command.commands) exitByThrowing(child)
}
