/** `rampart doctor`: what is wrong on this machine and how to mend it. Exit status 1 when there is a problem. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { visibleText } from '@rampart/event/visible-text'
import { inspectState } from '@rampart/server'
import { Command } from 'commander'
import { checkAgent } from './doctor/agent.ts'
import type { Check } from './doctor/check.ts'
import { checkHost } from './doctor/host.ts'
import { checkServer } from './doctor/server.ts'
import { checkState } from './doctor/state.ts'
import { stateOption } from './state-directory.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

interface Options {
  state: string
  console: string
  config?: string
  json?: boolean
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'Look at runtime, clock, disk, state, certificates, ports, server, agent and sensors, and say how to mend what is wrong. Changes nothing. Exit status 1 when there is a problem.',
    )
    .addOption(stateOption())
    .option('--console <url>', 'address of the console, when the running server does not say', 'http://127.0.0.1:7350')
    .option('--config <file>', 'settings file (default: rampart.yml in the state directory of the server)')
    .option('--json', 'print one JSON object a line')
    .action(async (options: Options) => {
      const checks = await examine(options)
      for (const check of checks) process.stdout.write(`${options.json ? JSON.stringify(check) : lineOf(check)}\n`)
      const count = (state: Check['state']) => checks.filter((check) => check.state === state).length
      process.stderr.write(
        `${count('ok')} ok, ${count('warning')} warnings, ${count('problem')} problems, ${count('skipped')} not there\n`,
      )
      process.exitCode = count('problem') > 0 ? 1 : 0
    })
}

async function examine({ state: base, console: address, config }: Options): Promise<Check[]> {
  const now = Date.now()
  const state = inspectState(join(base, 'server'), config)
  const ports = [
    { id: 'port.console', title: 'Port of the console', host: '127.0.0.1', port: 7350 },
    { id: 'port.agents', title: 'Port of agents', host: '127.0.0.1', port: 7351 },
  ]
  return [
    ...checkHost(),
    ...checkState(state, now),
    ...(await checkServer(state, { base, console: address, ports })),
    ...(await checkAgent(join(base, 'agent'), version, now)),
  ]
}

const colours: Record<Check['state'], string> = { ok: '32', warning: '33', problem: '31;1', skipped: '2' }

function lineOf({ state, title, found, advice }: Check): string {
  const word = state.padEnd(8)
  const shown = process.stdout.isTTY ? `\u001b[${colours[state]}m${word}\u001b[0m` : word
  const line = `${shown} ${visibleText(title, 60).padEnd(28)} ${visibleText(found, 600)}`
  return advice === '' ? line : `${line}\n${' '.repeat(9)}→ ${visibleText(advice, 600)}`
}
