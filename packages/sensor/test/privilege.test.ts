import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { marker, type Observation, observe, run, runScript, skip } from './observe.ts'

describe('privileges', { skip }, () => {
  let host: Observation

  before(async () => {
    host = await observe()
  })
  after(() => host.stop())

  test('a change of user names the account before and after', async () => {
    const ran = await runScript('process.setgid(65534)\nprocess.setuid(65534)')
    const event = await host.expect('privilege.used', (e) => e.operation === 'setuid' && e.process?.pid === ran.pid)
    assert.equal(event.user?.id, 0)
    assert.equal(event.targetUser?.id, 65_534)
    assert.equal(event.targetUser?.name, 'nobody')
    assert.equal(event.outcome, 'success')
    await host.expect('privilege.used', (e) => e.operation === 'setgid' && e.process?.pid === ran.pid)
  })

  test('setting the identity one has already is no event', async () => {
    const ran = await runScript('process.setuid(0)')
    await host.expect('process.ended', (e) => e.process.pid === ran.pid)
    assert.deepEqual(
      host.seen('privilege.used', (e) => e.operation === 'setuid' && e.process?.pid === ran.pid),
      [],
    )
  })

  test('the identity for files alone: user and group, only when it changes', async () => {
    const ran = await runScript(`
      const user = libc('int setfsuid(unsigned int)'), group = libc('int setfsgid(unsigned int)')
      user(0xffffffff); user(0)
      group(65534); user(65534); user(0); user(65534)`)
    const event = await host.expect('privilege.used', (e) => e.operation === 'setfsuid' && e.process?.pid === ran.pid)
    assert.equal(event.targetUser?.id, 65_534)
    assert.equal(event.targetUser?.name, 'nobody')
    assert.equal(event.target, '65534')
    assert.equal(event.outcome, 'success')
    const group = await host.expect('privilege.used', (e) => e.operation === 'setfsgid' && e.process?.pid === ran.pid)
    assert.equal(group.target, '65534')
    await host.expect('process.ended', (e) => e.process.pid === ran.pid)
    const targets = host
      .seen('privilege.used', (e) => e.operation === 'setfsuid' && e.process?.pid === ran.pid)
      .map(({ target }) => target)
    assert.deepEqual(targets, ['65534', '0'], 'each target once, and no questions')
  })

  test('the identity for files that may not be taken is no event', async () => {
    const ran = await runScript(`process.setuid(65534)
      libc('int setfsuid(unsigned int)')(0)`)
    await host.expect('process.ended', (e) => e.process.pid === ran.pid)
    assert.deepEqual(
      host.seen('privilege.used', (e) => e.operation === 'setfsuid' && e.process?.pid === ran.pid),
      [],
    )
  })

  test('capabilities: sets given up, and one raised into the ambient set', async () => {
    const ran = await runScript(`
      const netRaw = 1 << 13
      const head = new Uint32Array([0x20080522, 0])
      const sets = new Uint32Array([netRaw, netRaw, netRaw, 0, 0, 0])
      libc('int capset(uint32_t *, uint32_t *)')(head, sets)
      const prctl = libc('int prctl(int, long, long, long, long)')
      prctl(47, 2, 13, 0, 0); prctl(47, 2, 21, 0, 0); prctl(47, 1, 13, 0, 0)`)
    const set = await host.expect('privilege.used', (e) => e.operation === 'capset' && e.process?.pid === ran.pid)
    assert.equal(set.target, 'effective=0x2000 permitted=0x2000 inheritable=0x2000')
    const raised = await host.expect('privilege.used', (e) => e.operation === 'ambient' && e.process?.pid === ran.pid)
    assert.equal(raised.target, 'cap_net_raw')
    await host.expect('process.ended', (e) => e.process.pid === ran.pid)
    assert.equal(
      host.seen('privilege.used', (e) => e.operation === 'ambient' && e.process?.pid === ran.pid).length,
      1,
      'neither what was refused nor a question',
    )
  })

  test('mount and namespaces', async () => {
    const mark = marker()
    await run('unshare', '-m', '/bin/sh', '-c', `mount -t tmpfs ${mark} /mnt && umount /mnt`)
    const mounted = await host.expect('privilege.used', (e) => e.operation === 'mount' && e.source === mark)
    assert.equal(mounted.target, '/mnt')
    assert.equal(mounted.outcome, 'success')
    await host.expect('privilege.used', (e) => e.operation === 'umount' && e.target === '/mnt')
    await host.expect('privilege.used', (e) => e.operation === 'unshare' && e.target === 'mount')
  })

  test('a failed mount is reported as failed', async () => {
    const ran = await runScript(
      `libc('int mount(const char *, const char *, const char *, unsigned long, void *)')('none', '/nowhere-at-all', 'tmpfs', 0, null)`,
    )
    const event = await host.expect('privilege.used', (e) => e.operation === 'mount' && e.process?.pid === ran.pid)
    assert.equal(event.outcome, 'failure')
  })

  test('raw and packet sockets', async () => {
    const ran = await runScript(`
      const socket = libc('int socket(int, int, int)')
      socket(2, 3, 1)
      socket(17, 3, 0x0300)
      socket(2, 1, 0)`)
    const raw = await host.expect('privilege.used', (e) => e.operation === 'raw-socket' && e.process?.pid === ran.pid)
    assert.equal(raw.target, 'protocol 1')
    const packet = await host.expect(
      'privilege.used',
      (e) => e.operation === 'packet-socket' && e.process?.pid === ran.pid,
    )
    assert.equal(packet.target, 'protocol 3')
  })

  test('tracing another process, and writing into its memory', async () => {
    const ran = await runScript(`
      import { spawn } from 'node:child_process'
      const child = spawn('/bin/sleep', ['2'])
      child.on('spawn', () => setTimeout(() => {
        libc('long ptrace(long, int, void *, void *)')(0x4206, child.pid, null, null)
        child.kill('SIGKILL')
      }, 50))`)
    const event = await host.expect(
      'process.accessed',
      (e) => e.operation === 'ptrace-seize' && e.process.pid === ran.pid,
    )
    assert.equal(event.target.name, 'sleep')
    assert.equal(event.target.commandLine, '/bin/sleep 2')
  })

  test('in a nested pid namespace numbers are not taken for those of the host', async () => {
    const script = `
      import koffi from ${JSON.stringify(import.meta.resolve('koffi'))}
      import { spawn } from 'node:child_process'
      const child = spawn('/bin/sleep', ['2'])
      child.on('spawn', () => setTimeout(() => {
        koffi.load('libc.so.6').func('long ptrace(long, int, void *, void *)')(0x4206, child.pid, null, null)
        child.kill('SIGKILL')
      }, 50))`
    await run('unshare', '-p', '-f', process.execPath, '--input-type=module', '-e', script)
    const event = await host.expect('process.accessed', (e) => e.target.entityId.startsWith('unknown-'))
    assert.ok(event.target.pid < 100)
    assert.equal(event.target.name, undefined)
  })

  test('a deadly signal to a protected process', async () => {
    // Signal 0 only asks; 15 would end the test, so it goes to a process that is protected for the purpose.
    const child = spawn('/bin/sleep', ['5'])
    const sensor = host.sensors.find((candidate) => candidate.name === 'ebpf.privilege')
    assert.ok(sensor && 'protect' in sensor)
    ;(sensor as unknown as { protect(pid: number): void }).protect(child.pid ?? 0)
    await run('/bin/kill', '-15', String(child.pid))
    const event = await host.expect('privilege.used', (e) => e.operation === 'kill')
    assert.equal(event.target, `signal 15 to process ${child.pid}`)
  })

  test('signals to the group of a protected process, and those that only Node takes for an order', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20_000)'], { detached: true, stdio: 'ignore' })
    const sensor = host.sensors.find((candidate) => candidate.name === 'ebpf.privilege')
    ;(sensor as unknown as { protect(pid: number): void }).protect(child.pid ?? 0)
    const ran = await runScript(`
      const kill = libc('int kill(int, int)')
      kill(${child.pid}, 0); kill(${child.pid}, 18); kill(${child.pid}, 10); kill(-${child.pid}, 9)`)
    await host.expect('process.ended', (e) => e.process.pid === ran.pid)
    assert.deepEqual(
      host
        .seen('privilege.used', (e) => e.operation === 'kill' && e.process?.pid === ran.pid)
        .map(({ target }) => target),
      [`signal 10 to process ${child.pid}`, `signal 9 to process group ${child.pid}`],
    )
  })

  test('a process of the agent is left out while it lives, and whoever has its pid afterwards is not', async (t) => {
    if (!existsSync('/proc/sys/kernel/ns_last_pid')) {
      t.skip('the kernel cannot choose a pid')
      return
    }
    const own = spawn(process.execPath, [
      '-e',
      'process.stdin.once("data", () => { process.setgid(7); process.exit() })',
    ])
    const pid = own.pid ?? 0
    const other = await observe({}, [pid])
    try {
      own.stdin?.end('go')
      await other.expect('process.ended', (e) => e.process.pid === pid)
      assert.deepEqual(
        other.seen('privilege.used', (e) => e.process?.pid === pid),
        [],
      )
      for (let attempt = 0; attempt < 50; attempt++) {
        writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1))
        const next = await runScript('process.setgid(7)')
        if (next.pid !== pid) continue
        await other.expect('privilege.used', (e) => e.operation === 'setgid' && e.process?.pid === pid)
        return
      }
      assert.fail('the kernel did not give the pid again')
    } finally {
      await other.stop()
    }
  })

  const call = `const call = libc('long syscall(long, long, long, long, long, long)')\n`

  test('a child in namespaces of its own', async () => {
    const newNames = 0x0400_0000
    const ran = await runScript(
      `${call}if (call(${process.arch === 'arm64' ? 220 : 56}, ${newNames | 17}, 0, 0, 0, 0) === 0) process.kill(process.pid, 9)`,
    )
    const event = await host.expect('privilege.used', (e) => e.operation === 'clone' && e.process?.pid === ran.pid)
    assert.equal(event.target, 'uts')
  })

  test('the root directory changed', async () => {
    const ran = await runScript(`libc('int chroot(const char *)')('/usr')`)
    const event = await host.expect('privilege.used', (e) => e.operation === 'chroot' && e.process?.pid === ran.pid)
    assert.equal(event.target, '/usr')
    assert.equal(event.outcome, 'success')
  })

  test('modules and other kernels: tries are told of too', async () => {
    const numbers =
      process.arch === 'arm64' ? { load: 273, unload: 106, kexec: 104 } : { load: 313, unload: 176, kexec: 246 }
    const ran = await runScript(
      `${call}call(${numbers.load}, -1, 0, 0, 0, 0); call(${numbers.kexec}, 0, 0, 0, -1, 0)
      libc('long syscall(long, const char *, int)')(${numbers.unload}, 'nothing_of_that_name', 0)`,
    )
    for (const operation of ['module-load', 'module-unload', 'kexec']) {
      const event = await host.expect('privilege.used', (e) => e.operation === operation && e.process?.pid === ran.pid)
      assert.equal(event.outcome, 'failure')
      if (operation === 'module-unload') assert.equal(event.target, 'nothing_of_that_name')
    }
  })

  test('a descriptor taken over, and a signal through a descriptor', async () => {
    const child = spawn('/bin/sleep', ['20'])
    const sensor = host.sensors.find((candidate) => candidate.name === 'ebpf.privilege')
    ;(sensor as unknown as { protect(pid: number): void }).protect(child.pid ?? 0)
    const ran = await runScript(`${call}
      const fd = call(434, ${child.pid}, 0, 0, 0, 0)
      call(438, fd, 1, 0, 0, 0)
      call(424, fd, 15, 0, 0, 0)`)
    const taken = await host.expect(
      'process.accessed',
      (e) => e.operation === 'descriptor-taken' && e.process.pid === ran.pid,
    )
    assert.equal(taken.target.pid, child.pid)
    assert.equal(taken.target.name, 'sleep')
    await host.expect('privilege.used', (e) => e.operation === 'kill' && e.process?.pid === ran.pid)
  })

  test('calls of the 32-bit table, which a 64-bit program can make too', async (t) => {
    if (process.arch !== 'x64' || spawnSync('clang', ['--version']).status !== 0) {
      t.skip('needs x86-64 and clang')
      return
    }
    const directory = mkdtempSync(path.join(tmpdir(), 'rampart-int80-'))
    try {
      const source = path.join(directory, 'call.c')
      // The address of the path has to fit into 32 bits: the program is linked low.
      writeFileSync(
        source,
        `static const char from[] = "/etc/${path.basename(directory)}", to[] = "/etc/${path.basename(directory)}.moved";
        static long call(long n, long a, long b, long c) {
          long r;
          __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a), "c"(b), "d"(c) : "memory");
          return r;
        }
        void _start(void) {
          long fd = call(5, (long)from, 0101, 0600);
          if (fd < 0) call(1, -fd, 0, 0);
          call(38, (long)from, (long)to, 0);
          call(10, (long)to, 0, 0);
          call(359, 2, 3, 1);
          // socketcall: packet socket, datagram socket, its connection to 127.0.0.9 port 9.
          static unsigned packet[] = {17, 3, 0x0300}, datagram[] = {2, 2, 0}, connect[3];
          static const unsigned char to[16] = {2, 0, 0, 9, 127, 0, 0, 9};
          call(102, 1, (long)packet, 0);
          connect[0] = call(102, 1, (long)datagram, 0);
          connect[1] = (unsigned)(long)to;
          connect[2] = 16;
          call(102, 3, (long)connect, 0);
          call(1, 0, 0, 0);
        }`,
      )
      const program = path.join(directory, 'call')
      const built = spawnSync('clang', [
        '-O1',
        '-nostdlib',
        '-static',
        '-no-pie',
        '-fno-stack-protector',
        source,
        '-o',
        program,
      ])
      assert.equal(built.status, 0, String(built.stderr))
      const ran = await run(program)
      if (ran.status === 38 || ran.status === null) {
        t.skip('this kernel has no 32-bit calls')
        return
      }
      assert.equal(ran.status, 0)
      const file = `/etc/${path.basename(directory)}`
      await host.expect('file.written', (e) => e.file.path === file && e.created === true && e.process?.pid === ran.pid)
      await host.expect('file.renamed', (e) => e.previousPath === file && e.process?.pid === ran.pid)
      await host.expect('file.removed', (e) => e.file.path === `${file}.moved` && e.process?.pid === ran.pid)
      await host.expect('privilege.used', (e) => e.operation === 'raw-socket' && e.process?.pid === ran.pid)
      const packet = await host.expect(
        'privilege.used',
        (e) => e.operation === 'packet-socket' && e.process?.pid === ran.pid,
      )
      assert.equal(packet.target, 'protocol 3')
      const connected = await host.expect('network.connected', (e) => e.process?.pid === ran.pid)
      assert.deepEqual(connected.destination, { address: '127.0.0.9', port: 9 })
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  test('loading programs into the kernel, by others', async () => {
    const ran = await runScript(
      `libc('long syscall(long, int, void *, unsigned int)')(${process.arch === 'arm64' ? 280 : 321}, 5, null, 0)`,
    )
    const event = await host.expect('privilege.used', (e) => e.operation === 'bpf' && e.process?.pid === ran.pid)
    assert.equal(event.target, 'program-load')
    assert.equal(event.outcome, 'failure')
  })

  test('modules: reported, or said to be missing and why', () => {
    const capability = host.sensors.find((sensor) => sensor.name === 'ebpf.privilege')?.health().capabilities[
      'module.loaded'
    ]
    assert.ok(capability)
    if (existsSync('/proc/modules')) assert.equal(capability.works, true)
    else assert.match(capability.reason ?? '', /without loadable modules/)
  })
})
