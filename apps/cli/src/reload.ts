/** `rampart reload`: makes a running server read its settings file again, and says what came of it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isServerRunning, lastReload } from '@rampart/server'
import { Command } from 'commander'
import { stateOption } from './state-directory.ts'

const longestWaitMs = 10_000

export function reloadCommand(): Command {
  return new Command('reload')
    .description(
      'Make the running server read rampart.yml again. Nothing changes when anything in it is wrong; exit status 2 says so, with the places.',
    )
    .addOption(stateOption('server'))
    .option('--json', 'print one JSON object')
    .action(reload)
}

async function reload({ state, json }: { state: string; json?: boolean }): Promise<void> {
  const refuse = (message: string) => {
    process.stderr.write(`rampart reload: ${message}\n`)
    process.exitCode = 2
  }
  if (!isServerRunning(state))
    return refuse(
      `No server runs with the state directory ${state}. It reads its settings when it starts. [server.not-running]`,
    )
  const before = lastReload(state)?.number ?? 0
  process.kill(Number.parseInt(readFileSync(join(state, 'server.pid'), 'utf8'), 10), 'SIGHUP')
  const until = performance.now() + longestWaitMs
  for (;;) {
    const outcome = lastReload(state)
    if (outcome && outcome.number > before) {
      if (json) console.log(JSON.stringify({ ok: outcome.ok, ...outcome.detail }))
      else if (outcome.ok) console.log(told(outcome.detail))
      else
        for (const { place, code, message } of outcome.detail.problems ?? [])
          process.stderr.write(`${place} ${code} ${message}\n`)
      if (!outcome.ok) process.exitCode = 2
      return
    }
    if (performance.now() > until) return refuse('The server did not answer. Its log says why. [server.no-answer]')
    await sleep(50)
  }
}

function told({ changes = {}, waiting = [] }: NonNullable<ReturnType<typeof lastReload>>['detail']): string {
  const names = Object.keys(changes)
  if (names.length === 0) return 'Read again; nothing changed.'
  const lines = names.map((name) => {
    const { from, to } = changes[name] ?? {}
    return `  ${name}: ${JSON.stringify(from)} → ${JSON.stringify(to)}${waiting.includes(name) ? ' (at the next start)' : ''}`
  })
  return ['Read again; changed:', ...lines].join('\n')
}
