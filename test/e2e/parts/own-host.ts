/**
 * A machine within this one for tests that change a host: mount and network namespaces of its own, in which the firewall,
 * /etc/cron.d, /var/tmp and /root/.ssh are its own, with another machine at the other end of a cable. Gone with `stop`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { root } from './installation.ts'

export const addresses = { host: '192.0.2.1', attacker: '192.0.2.2', colleague: '192.0.2.3' }

export interface OwnHost {
  /** Before a command: it runs on the host. */
  enter: string[]
  spawn(command: string, ...args: string[]): ChildProcess
  /** What a shell script on the host prints; whatever its status. */
  run(script: string): string
  /** Whether a connection comes about, from the host or from the other machine. */
  reaches(address: string, port: number, from?: 'other'): boolean
  listen(port: number, on: 'host' | 'other'): void
  stop(): void
}

/** Shell that makes both machines of new mount and network namespaces; `$other` is a process of the other one. */
export const ownHostScript = `
    mount --make-rprivate /
    for folder in /etc/cron.d /root/.ssh /var/tmp; do mkdir -p $folder; mount -t tmpfs none $folder; done
    ip link set lo up
    unshare -n sleep 3600 & other=$!
    trap 'kill $other' EXIT
    sleep 0.5
    ip link add va type veth peer name vb netns $other
    ip address add ${addresses.host}/24 dev va; ip link set va up
    nsenter -t $other -n sh -ec 'ip link set lo up; ip link set vb up; ip address add ${addresses.attacker}/24 dev vb; ip address add ${addresses.colleague}/24 dev vb'`

export async function startOwnHost(): Promise<OwnHost> {
  const script = `${ownHostScript}
    echo $other
    wait $other`
  const shell = spawn('unshare', ['-m', '-n', 'sh', '-ec', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [chunk] = (await once(shell.stdout, 'data')) as [Buffer]
  const other = Number(chunk.toString())
  const enter = ['nsenter', '-t', String(shell.pid), '-m', '-n', '--wd=.', '--']
  const enterOther = ['nsenter', '-t', String(other), '-n', '--']
  const children: ChildProcess[] = []
  const start = (within: string[], command: string, args: readonly string[]) => {
    const [program = '', ...rest] = [...within, command, ...args]
    const child = spawn(program, rest, { stdio: 'ignore', cwd: root })
    children.push(child)
    return child
  }
  const now = (within: string[], args: readonly string[]) => {
    const [program = '', ...rest] = [...within, ...args]
    return spawnSync(program, rest, { encoding: 'utf8', cwd: root })
  }
  return {
    enter,
    spawn: (command, ...args) => start(enter, command, args),
    run: (text) => now(enter, ['sh', '-c', text]).stdout,
    reaches: (address, port, from) =>
      now(from ? enterOther : enter, ['timeout', '1', 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`]).status ===
      0,
    listen: (port, on) => {
      const serve = `require('node:net').createServer((s) => s.on('error', () => {}).pipe(s)).listen(${port}, '0.0.0.0')`
      start(on === 'host' ? enter : enterOther, process.execPath, ['-e', serve])
    },
    stop: () => {
      for (const child of children) child.kill('SIGKILL')
      shell.kill('SIGTERM')
      // The trap of the shell waits for its child otherwise.
      if (Number.isInteger(other)) process.kill(other, 'SIGKILL')
    },
  }
}
