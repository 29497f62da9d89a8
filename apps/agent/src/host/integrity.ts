/** Looks whether somebody took the agent apart while it runs: its files, its stopped sensor process. What is found is told with the health. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageHome } from '../upgrade/home.ts'

const stateFiles = ['identity.json', 'key.pem', 'certificate.pem', 'authority.pem']
/** What the sensor process loads at its next start. */
const kernelObjects = ['uring', 'syscalls', 'process', 'files', 'network', 'dns', 'privilege', 'modules', 'block']
const units = ['/etc/systemd/system/rampart-agent.service', '/lib/systemd/system/rampart-agent.service']

export interface Integrity {
  /** What is wrong now, one sentence each; empty while nothing is. */
  problems(): string[]
}

/** Watches files that are there now: one that never was (a unit on a host without systemd) is not missed. */
export function watchIntegrity(stateDirectory: string, sensorPid: () => number | undefined): Integrity {
  const place = packageHome()
  const program =
    place === undefined
      ? [process.execPath]
      : [
          join(place.home, 'supervise.sh'),
          join(place.home, 'current/bin/rampart-agent'),
          ...[
            'bin/rampart-agent',
            'runtime/node',
            'app/apps/agent/src/agent-process.ts',
            ...kernelObjects.map((name) => `app/build/bpf/${name}.bpf.o`),
          ].map((file) => join(place.home, 'versions', place.version, file)),
          ...units,
        ]
  const watched = [...stateFiles.map((file) => join(stateDirectory, file)), ...program].filter((path) =>
    existsSync(path),
  )
  return {
    problems: () => {
      const problems = watched.filter((path) => !existsSync(path)).map((path) => `${path} was removed`)
      const pid = sensorPid()
      if (pid !== undefined && isStopped(pid)) problems.push('the sensor process was stopped by a signal')
      return problems
    },
  }
}

/** State T or t of proc_pid_stat(5): stopped by SIGSTOP or by a debugger. */
function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return /^[Tt]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}
