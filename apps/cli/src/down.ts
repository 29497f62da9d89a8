/** `rampart down`: stops the installation that `rampart up` started with this state directory. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { isAlive, readRunFile } from './run-file.ts'
import { stateOption } from './state-directory.ts'

const longestWaitMs = 20_000

export function downCommand(): Command {
  return new Command('down')
    .description('Stop what `rampart up` started. All data stays.')
    .addOption(stateOption())
    .action(async ({ state }: { state: string }) => {
      const run = readRunFile(state)
      if (!run) {
        console.log(`Rampart does not run with the state directory ${state}.`)
        return
      }
      process.kill(run.pid, 'SIGTERM')
      const until = performance.now() + longestWaitMs
      while (isAlive(run)) {
        if (performance.now() > until) {
          console.error(
            `rampart down: process ${run.pid} did not end within ${longestWaitMs / 1000} s. See what it does with: ps -o pid,stat,wchan,args -p ${run.pid}`,
          )
          process.exitCode = 2
          return
        }
        await sleep(50)
      }
      console.log('Rampart has stopped. All data stays.')
    })
}
