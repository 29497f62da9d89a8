/** Arguments in, exit status out: 0 ok, 1 found something, 2 bad input or error. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { type CommandEntry, commands } from './commands.ts'
import { runCommand } from './run-command.ts'

const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** Runs one command line. Never throws: every failure is printed on standard error and becomes status 2. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const entry = name === 'help' && rest[0] !== undefined ? find(rest[0]) : undefined
    if (entry) return run(entry, ['--help'])
    if (name === 'help' && rest[0] !== undefined) return unknown(rest[0])
    process.stdout.write(overview())
    return name === undefined ? 2 : 0
  }
  if (name === '--version' || name === '-V') {
    process.stdout.write(`rampart ${manifest.version} (Node ${process.versions.node})\n`)
    return 0
  }
  const entry = find(name)
  return entry ? run(entry, rest) : unknown(name)
}

function find(name: string): CommandEntry | undefined {
  return commands.find((entry) => entry.name === name)
}

async function run(entry: CommandEntry, args: readonly string[]): Promise<number> {
  // Commander prints the path of parents in usage lines.
  const root = new Command('rampart').enablePositionalOptions().addCommand(await entry.load())
  return runCommand(root, [entry.name, ...args], `rampart ${entry.name}`)
}

function unknown(name: string): number {
  const near = commands.filter((entry) => distance(entry.name, name) <= 2).map((entry) => entry.name)
  const hint = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ''
  process.stderr.write(
    `rampart: no command is called ${JSON.stringify(name)}.${hint}\nrampart help lists the commands.\n`,
  )
  return 2
}

function overview(): string {
  const width = Math.max(...commands.map((entry) => entry.name.length))
  const lines = commands.map((entry) => `  ${entry.name.padEnd(width)}  ${entry.summary}`)
  return [
    'Rampart: an open, self-hosted security centre for servers.',
    '',
    'Usage: rampart <command> [options]',
    '',
    ...lines,
    '',
    'rampart help <command> explains one. With --json a command prints one JSON object a line.',
    'Exit status: 0 ok, 1 something was found, 2 bad input or error.',
    '',
  ].join('\n')
}

/** Levenshtein distance, for short words. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++)
      row[j] = Math.min(
        (row[j - 1] ?? 0) + 1,
        (previous[j] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      )
    previous = row
  }
  return previous[b.length] ?? 0
}
