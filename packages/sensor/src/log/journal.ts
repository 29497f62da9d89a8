/** The systemd journal, through `journalctl --follow` → its records, going on after a saved cursor. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { parseJson } from '../draft.ts'
import { createLineSplitter } from '../replay/lines.ts'

type Row = Record<string, unknown>

export interface JournalOptions {
  /** Program to run. Default `journalctl`. */
  program?: string
  /** Directory of journal files to read instead of this host's. */
  directory?: string
  /** Last record handed out by an earlier run; without one, only new records come. */
  cursor?: string
  take(row: Row, cursor: string): void
  lost(cause: string): void
}

export interface JournalReader {
  start(): void
  stop(): Promise<void>
  /** Undefined while it runs; else why it does not. */
  trouble(): string | undefined
  cursor(): string | undefined
}

const retryMs = 5000
const fields =
  'MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_COMM,PRIORITY,SYSLOG_FACILITY,_HOSTNAME,_SOURCE_REALTIME_TIMESTAMP'
/** auth, cron and authpriv: what sshd, PAM, sudo, su, the shadow tools, logind and cron log to. */
const facilities = ['SYSLOG_FACILITY=4', 'SYSLOG_FACILITY=9', 'SYSLOG_FACILITY=10']

/** Whether this host keeps a journal that can be read. */
export function hasJournal(directories = ['/run/log/journal', '/var/log/journal']): boolean {
  return directories.some((directory) => {
    try {
      return readdirSync(directory).length > 0
    } catch {
      return false
    }
  })
}

/** Reads the journal's authentication records as they come. The child is started again when it ends. */
export function createJournalReader(options: JournalOptions): JournalReader {
  let cursor = options.cursor
  let child: ChildProcess | undefined
  let trouble: string | undefined
  let stopped = true
  let timer: NodeJS.Timeout | undefined

  const run = () => {
    const from = cursor === undefined ? ['--lines=0'] : [`--after-cursor=${cursor}`]
    const directory = options.directory === undefined ? [] : [`--directory=${options.directory}`]
    const args = [
      ...directory,
      '--follow',
      '--no-pager',
      '--output=json',
      `--output-fields=${fields}`,
      ...from,
      ...facilities,
    ]
    const started = spawn(options.program ?? 'journalctl', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    let complaint = ''
    started.stderr.on('data', (chunk) => {
      complaint = `${complaint}${chunk}`.slice(-500)
    })
    const splitter = createLineSplitter((text, _number, truncated) => {
      if (truncated) options.lost('record-too-long')
      else if (text !== '') takeLine(text)
    })
    started.stdout.on('data', (chunk) => splitter.feed(chunk))
    started.once('spawn', () => {
      trouble = undefined
    })
    const ended = (why: string) => {
      if (child !== started) return
      child = undefined
      if (stopped) return
      trouble = why
      timer = setTimeout(run, retryMs)
    }
    started.once('error', (error) => ended(`journalctl cannot be run: ${error.message}`))
    started.once('close', (code) => ended(`journalctl ended with status ${code}: ${complaint.trim()}`))
  }
  const takeLine = (text: string) => {
    const row = parseJson(text)
    if (typeof row !== 'object' || row === null) return options.lost('unparsed-line')
    const at = (row as Row).__CURSOR
    if (typeof at !== 'string') return options.lost('unparsed-line')
    cursor = at
    options.take(row as Row, at)
  }

  return {
    start() {
      stopped = false
      run()
    },
    stop() {
      stopped = true
      clearTimeout(timer)
      const ending = child
      if (!ending || ending.exitCode !== null) return Promise.resolve()
      return new Promise((resolve) => {
        ending.once('close', () => resolve())
        ending.kill('SIGTERM')
      })
    },
    trouble: () => trouble,
    cursor: () => cursor,
  }
}
