/**
 * Debian's auditd with execve rules, for comparison in the same run. Started in the foreground with a configuration and a log
 * of its own, and the rules in the kernel; `stop` takes the rules away and ends it, so that the host is as it was.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface Auditd {
  /** CPU time so far, ms, and bytes of log. */
  read(): { cpuMs: number; logBytes: number; lost: number; rssBytes: number }
  stop(): Promise<void>
}

const rules = ['b64', 'b32'].map((architecture) => [
  '-a',
  'always,exit',
  '-F',
  `arch=${architecture}`,
  '-S',
  'execve,execveat',
  '-k',
  'bench',
])

/** Why it cannot be had, or the daemon. Refuses where audit has rules already: they are somebody's. */
export async function startAuditd(): Promise<Auditd | string> {
  if (!existsSync('/usr/sbin/auditd')) return 'auditd is not installed (apt-get install auditd)'
  const before = spawnSync('auditctl', ['-l'], { encoding: 'utf8' })
  if (before.status !== 0) return `auditctl fails: ${before.stderr.trim()}`
  if (!/No rules/.test(before.stdout)) return 'there are audit rules on this host already'
  const enabled = /^enabled (\d)/m.exec(execFileSync('auditctl', ['-s'], { encoding: 'utf8' }))?.[1] ?? '0'
  const directory = mkdtempSync(path.join(tmpdir(), 'rampart-auditd-'))
  chmodSync(directory, 0o700)
  const log = path.join(directory, 'audit.log')
  writeFileSync(
    path.join(directory, 'auditd.conf'),
    `log_file = ${log}\nlog_format = RAW\nlog_group = root\npriority_boost = 4\nflush = INCREMENTAL_ASYNC\nfreq = 50\nnum_logs = 2
max_log_file = 500\nmax_log_file_action = IGNORE\nname_format = NONE\nspace_left = 75\nspace_left_action = IGNORE
admin_space_left = 50\nadmin_space_left_action = IGNORE\ndisk_full_action = IGNORE\ndisk_error_action = IGNORE\n`,
    { mode: 0o640 },
  )
  const daemon: ChildProcess = spawn('/usr/sbin/auditd', ['-n', '-c', directory], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => daemon.once('exit', () => resolve()))
  const stop = async () => {
    for (const rule of rules) spawnSync('auditctl', ['-d', ...rule.slice(1)])
    daemon.kill('SIGTERM')
    await ended
    spawnSync('auditctl', ['-e', enabled])
    rmSync(directory, { recursive: true, force: true })
  }
  await new Promise((resolve) => setTimeout(resolve, 500))
  spawnSync('auditctl', ['-b', '8192'])
  for (const rule of rules.slice(0, process.arch === 'x64' ? 2 : 1)) {
    const set = spawnSync('auditctl', rule, { encoding: 'utf8' })
    if (set.status === 0) continue
    await stop()
    return `auditd runs, but the rules are refused: ${set.stderr.trim()}`
  }
  return {
    read() {
      const pid = daemon.pid ?? 0
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return {
        cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
        logBytes: statSync(log, { throwIfNoEntry: false })?.size ?? 0,
        lost: Number(/^lost (\d+)/m.exec(execFileSync('auditctl', ['-s'], { encoding: 'utf8' }))?.[1] ?? 0),
        rssBytes: Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096,
      }
    },
    stop,
  }
}
