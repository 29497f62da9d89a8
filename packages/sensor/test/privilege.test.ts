import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
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
