/** Starts a machine whose first process is systemd (systemd-machine.sh), runs commands in it, and ends it with all that it holds. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./systemd-machine.sh', import.meta.url))
const repository = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')
/** Where cgroup version 2 is mounted; a machine gets a group of its own there. */
const groups = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((place) =>
  existsSync(join(place, 'cgroup.subtree_control')),
)

export interface Said {
  status: number
  stdout: string
  stderr: string
}
export interface Machine {
  /** Runs a shell command as root of the machine. */
  run(command: string, input?: string): Promise<Said>
  /** The same; rejects unless it ends with 0. */
  must(command: string, input?: string): Promise<string>
  /** Path of a file of the machine as this process sees it. */
  path(inside: string): string
  /** http address here that leads to a port of the machine's loopback. */
  forward(port: number): Promise<string>
  stop(): Promise<void>
}

/** Why no machine can be started here, or false. */
export function cannotBoot(): string | false {
  if (process.getuid?.() !== 0) return 'needs root'
  if (!existsSync('/lib/systemd/systemd')) return 'needs systemd'
  if (groups === undefined) return 'needs cgroup version 2'
  const overlay =
    'mount -t tmpfs none /mnt && cd /mnt && mkdir u w r && mount -t overlay overlay -o lowerdir=/,upperdir=u,workdir=w r'
  return spawnSync('unshare', ['-m', 'sh', '-c', overlay]).status === 0 ? false : 'needs overlayfs'
}

/** Resolves when systemd says that everything runs. */
export async function bootMachine(): Promise<Machine> {
  const scratch = mkdtempSync(join(tmpdir(), 'rampart-machine-'))
  const group = join(groups ?? '', `rampart-machine-${process.pid}`)
  mkdirSync(group)
  const inGroup = `echo $$ >'${group}/cgroup.procs' && exec unshare -mpnuiC --fork --kill-child --propagation private sh '${script}' '${scratch}' '${repository}'`
  const outside = spawn('sh', ['-c', inGroup], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  outside.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-10_000)
  })
  const pid = await firstProcess(outside, () => said)
  const servers: Server[] = []
  const bridges: ChildProcess[] = []

  async function run(command: string, input = ''): Promise<Said> {
    const child = spawn('nsenter', ['-t', String(pid), '-a', 'sh', '-c', `cd / && ${command}`], {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: 180_000,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return { status: child.exitCode ?? -1, stdout, stderr }
  }
  async function must(command: string, input?: string): Promise<string> {
    const { status, stdout, stderr } = await run(command, input)
    if (status !== 0) throw new Error(`${command}: status ${status}\n${stdout}${stderr}`)
    return stdout
  }
  async function stop(): Promise<void> {
    for (const server of servers) server.close()
    for (const bridge of bridges) bridge.kill()
    outside.kill('SIGKILL')
    while (existsSync(`/proc/${pid}`)) await wait(50)
    await removeGroups(group)
    rmSync(scratch, { recursive: true, force: true })
  }
  // Its socket is not there from the first moment.
  for (let tries = 0; ; tries++) {
    const { stdout, stderr } = await run('systemctl is-system-running --wait')
    if (stdout.trim() === 'running') break
    if (tries < 100 && !['degraded', 'maintenance', 'stopping'].includes(stdout.trim())) {
      await wait(200)
      continue
    }
    const failed = await run('systemctl list-units --failed --no-pager')
    await stop()
    throw new Error(`systemd is ${stdout.trim()}: ${stderr}${failed.stdout}${said}`)
  }
  return {
    run,
    must,
    path: (inside) => join(`/proc/${pid}/root`, inside),
    async forward(port) {
      const socket = join(scratch, `${port}.sock`)
      const code = `const net = require('net')
        net.createServer((one) => { const other = net.connect(${port}, '127.0.0.1'); one.pipe(other).pipe(one)
          one.on('error', () => other.destroy()); other.on('error', () => one.destroy()) }).listen(process.argv[1])`
      bridges.push(
        spawn('nsenter', ['-t', String(pid), '-n', process.execPath, '-e', code, socket], { stdio: 'ignore' }),
      )
      while (!existsSync(socket)) await wait(50)
      const server = createServer((one) => {
        const other = connect(socket)
        one.pipe(other).pipe(one)
        one.on('error', () => other.destroy())
        other.on('error', () => one.destroy())
      })
      servers.push(server)
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return `http://127.0.0.1:${(server.address() as { port: number }).port}`
    },
    stop,
  }
}

/** pid of the machine's first process, as seen from here. */
async function firstProcess(outside: ChildProcess, said: () => string): Promise<number> {
  for (let tries = 0; tries < 600; tries++) {
    if (outside.exitCode !== null) throw new Error(`the machine ended: ${said()}`)
    const children = `/proc/${outside.pid}/task/${outside.pid}/children`
    const pid = existsSync(children) ? Number(readFileSync(children, 'utf8').trim()) : 0
    if (pid > 0 && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'systemd') return pid
    await wait(100)
  }
  throw new Error(`systemd did not start: ${said()}`)
}

/** From the leaves up; what just died may be in one for a moment. */
async function removeGroups(group: string): Promise<void> {
  for (const entry of readdirSync(group, { withFileTypes: true }))
    if (entry.isDirectory()) await removeGroups(join(group, entry.name))
  for (let tries = 0; ; tries++)
    try {
      rmdirSync(group)
      return
    } catch (error) {
      if (tries > 50) throw error
      await wait(100)
    }
}
