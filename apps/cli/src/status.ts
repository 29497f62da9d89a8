/** `rampart status`: what runs here. Exit status 0 when it runs, 1 when it does not. */
import { Command } from 'commander'
import { readRunFile } from './run-file.ts'
import { stateOption } from './state-directory.ts'

export function statusCommand(): Command {
  return new Command('status')
    .description('Show what runs on this machine. Exit status 1 when nothing does.')
    .addOption(stateOption())
    .option('--json', 'print one JSON object')
    .action(async ({ state, json }: { state: string; json?: boolean }) => {
      const run = readRunFile(state)
      const ready = run ? await isReady(run.console) : false
      if (json)
        console.log(
          JSON.stringify({
            running: run !== undefined,
            ready,
            state,
            pid: run?.pid ?? null,
            console: run?.console ?? null,
            startedAt: run?.startedAt ?? null,
          }),
        )
      else if (run)
        console.log(
          `Rampart runs since ${run.startedAt} (pid ${run.pid}).\n  Console  ${run.console}${ready ? '' : ' (does not answer yet)'}\n  State    ${state}`,
        )
      else console.log(`Rampart does not run with the state directory ${state}. Start it with: make up`)
      process.exitCode = run ? 0 : 1
    })
}

async function isReady(address: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL('/health/ready', address), { signal: AbortSignal.timeout(2000) })
    return answer.ok
  } catch {
    return false
  }
}
