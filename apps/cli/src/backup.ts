/** `rampart backup` and `rampart restore`: everything the server keeps, in one file and back. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { visibleText } from '@rampart/event/visible-text'
import { type BackupReport, backUp, type RestoreReport, restore } from '@rampart/server'
import { Command } from 'commander'
import { stateOption } from './state-directory.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

interface Options {
  state: string
  json?: boolean
}

export function backupCommand(): Command {
  return new Command('backup')
    .argument('[file]', 'where the backup goes; - for standard output. Default: a name with the time in this directory')
    .description(
      'Write everything the server keeps into one file, while it runs or not, and read it back. The file holds keys and evidence: keep it like the server itself.',
    )
    .addOption(stateOption('server'))
    .option('--json', 'print one JSON object')
    .action(async (file: string | undefined, options: Options) => {
      const now = new Date()
      const name = file ?? join(process.cwd(), `rampart-${now.toISOString().replace(/[:.]/g, '-')}.backup`)
      const made = await backUp({ stateDirectory: options.state, file: name, version, now, ...progress('backed up') })
      clearProgress()
      if (!made.ok) return refuse('backup', made.error)
      // Standard output holds the backup itself then.
      const print = (text: string) => (name === '-' ? process.stderr : process.stdout).write(`${text}\n`)
      print(options.json ? JSON.stringify(made.value) : describeBackup(made.value))
    })
}

export function restoreCommand(): Command {
  return new Command('restore')
    .argument('<file>', 'the backup; - for standard input')
    .description(
      'Restore a backup into an empty state directory, check it, and say what it holds. Start the server afterwards.',
    )
    .addOption(stateOption('server'))
    .option('--json', 'print one JSON object')
    .action(async (file: string, options: Options) => {
      const restored = await restore({ file, stateDirectory: options.state, ...progress('restored') })
      clearProgress()
      if (!restored.ok) return refuse('restore', restored.error)
      process.stdout.write(`${options.json ? JSON.stringify(restored.value) : describeRestore(restored.value)}\n`)
    })
}

/** A line that is written over and over, for people only. */
function progress(word: string): { onProgress?: (files: number) => void } {
  if (!process.stderr.isTTY) return {}
  return { onProgress: (files) => process.stderr.write(`\r${files} files ${word} …`) }
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}

function describeBackup(report: BackupReport): string {
  return [
    `Backup written and read back: ${visibleText(report.file)}`,
    `  ${megabytes(report.fileBytes)} MB for ${report.files} files of ${megabytes(report.bytes)} MB`,
    `  ${contents(report.rows)}`,
    'It holds keys and evidence: keep it as safe as the server. Restore it with: rampart restore FILE --state DIR',
  ].join('\n')
}

function describeRestore(report: RestoreReport): string {
  return [
    `Restored into ${visibleText(report.stateDirectory)} and checked: the backup of ${report.createdAt} by version ${report.version}`,
    `  ${report.files} files of ${megabytes(report.bytes)} MB`,
    `  ${contents(report.rows)}`,
    'Start the server on it now. Never run it beside the original: agents would speak to both.',
  ].join('\n')
}

function contents(rows: Record<string, number>): string {
  return Object.entries(rows)
    .map(([table, count]) => `${count} ${table.replace('_', ' ')}`)
    .join(', ')
}

const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1)

function refuse(command: string, error: { code: string; message: string }): void {
  process.stderr.write(`rampart ${command}: ${visibleText(error.message, 1000)} [${error.code}]\n`)
  process.exitCode = 2
}
