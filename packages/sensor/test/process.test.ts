import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { marker, type Observation, observe, pause, run, runScript, skip, waitMs } from './observe.ts'

describe('processes', { skip }, () => {
  let host: Observation
  let directory = ''

  before(async () => {
    host = await observe()
    directory = mkdtempSync(path.join(tmpdir(), 'rampart-process-'))
  })
  after(async () => {
    await host.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  test('a start carries arguments, executable, directory, user, session, parent and digest', async () => {
    const mark = marker()
    const ran = await run('/bin/sh', '-c', `cd /usr; exec /bin/echo ${mark} "two words" ''`)
    const event = await host.expect('process.started', (e) => e.process.arguments?.[1] === mark)
    assert.deepEqual(event.process.arguments, ['/bin/echo', mark, 'two words', ''])
    assert.equal(event.process.commandLine, `/bin/echo ${mark} two words `)
    assert.match(event.process.executable ?? '', /\/bin\/echo$/)
    assert.equal(event.process.workingDirectory, '/usr')
    assert.equal(event.process.pid, ran.pid)
    assert.equal(event.process.name, 'echo')
    assert.equal(event.user?.id, process.getuid?.())
    assert.equal(event.user?.name, 'root')
    assert.equal(event.process.parent?.pid, process.pid)
    assert.equal(typeof event.process.sessionId, 'number')
    assert.equal(event.process.argumentsTruncated, undefined)
    assert.equal(event.process.fileless, undefined)
    const digest = createHash('sha256').update(readFileSync('/bin/echo')).digest('hex')
    assert.equal(event.process.hash?.sha256, digest)
    assert.ok(Math.abs(event.at - Date.now()) < 10_000)
    assert.match(event.id, /^asset-1\/[0-9a-f-]{36}\/\d+$/)
  })

  test('16,383 bytes of arguments are kept, and more is said to be cut', async () => {
    const fits = marker()
    const long = 'x'.repeat(16_383 - '/bin/true'.length - fits.length - 3)
    await run('/bin/true', fits, long)
    const whole = await host.expect('process.started', (e) => e.process.arguments?.[1] === fits)
    assert.equal(whole.process.arguments?.[2], long)
    assert.equal(whole.process.argumentsTruncated, undefined)
    const cut = marker()
    await run('/bin/true', cut, ...Array.from({ length: 4000 }, (_, index) => `argument-${index}`))
    const event = await host.expect('process.started', (e) => e.process.arguments?.[1] === cut)
    assert.equal(event.process.argumentsTruncated, true)
    assert.ok((event.process.arguments?.length ?? 0) > 1000)
    assert.equal(event.process.arguments?.[1000], 'argument-998')
  })

  test('arguments that are not UTF-8, and none at all, do no harm', async () => {
    const mark = marker()
    await run('/bin/sh', '-c', `/bin/echo ${mark} "$(printf '\\377\\376')"`)
    const event = await host.expect(
      'process.started',
      (e) => e.process.arguments?.[1] === mark && e.process.name === 'echo',
    )
    assert.equal(event.process.arguments?.[2], '\ufffd\ufffd')
  })

  test('ancestors lead from the nearest up to process 1, with command lines', async () => {
    const mark = marker()
    await run('/bin/sh', '-c', `/bin/sh -c '/bin/sh -c "/bin/echo ${mark}; true"; true'; true`)
    const event = await host.expect(
      'process.started',
      (e) => e.process.arguments?.[1] === mark && e.process.name === 'echo',
    )
    const ancestors = event.process.ancestors ?? []
    assert.deepEqual(event.process.parent, ancestors[0])
    assert.equal(ancestors[0]?.commandLine, `/bin/sh -c /bin/echo ${mark}; true`)
    assert.equal(ancestors[1]?.name, 'sh')
    assert.equal(ancestors[2]?.name, 'sh')
    assert.equal(ancestors[3]?.pid, process.pid)
    assert.equal(ancestors.at(-1)?.pid, 1)
    assert.equal(new Set(ancestors.map((ancestor) => ancestor.entityId)).size, ancestors.length)
  })

  test('the lineage stays when the parent ended before', async () => {
    const mark = marker()
    // The middle shell ends at once; the inner one starts its program when it belongs to another parent already.
    await run('/bin/sh', '-c', `/bin/sh -c '(sleep 0.3; exec /bin/echo ${mark}) & exit 0'; sleep 0.6`)
    const event = await host.expect(
      'process.started',
      (e) => e.process.arguments?.[1] === mark && e.process.name === 'echo',
    )
    const lines = event.process.ancestors?.map((ancestor) => ancestor.commandLine ?? '') ?? []
    assert.ok(lines[0]?.startsWith(`/bin/sh -c (sleep 0.3; exec /bin/echo ${mark})`), lines.join('\n'))
    assert.ok(event.process.ancestors?.some((ancestor) => ancestor.pid === process.pid))
  })

  test('an end carries the status or the signal, and whose it was', async () => {
    const mark = marker()
    const failed = await run('/bin/sh', '-c', `: ${mark}; exit 7`)
    const end = await host.expect('process.ended', (e) => e.process.pid === failed.pid)
    assert.equal(end.exitCode, 7)
    assert.equal(end.signal, undefined)
    assert.equal(end.process.commandLine, `/bin/sh -c : ${mark}; exit 7`)
    const killed = await run('/bin/sh', '-c', 'kill -9 $$')
    const killedEnd = await host.expect('process.ended', (e) => e.process.pid === killed.pid)
    assert.equal(killedEnd.signal, 9)
    assert.equal(killedEnd.exitCode, undefined)
  })

  test('the executable of a process in another root directory is given from the host root', async () => {
    const mark = marker()
    const root = path.join(directory, 'root')
    mkdirSync(root)
    const busy = staticProgram()
    if (!busy) return
    copyFileSync(busy, path.join(root, 'program'))
    await run('chroot', root, '/program', mark)
    const event = await host.expect(
      'process.started',
      (e) => e.process.arguments?.[1] === mark && e.process.name === 'program',
    )
    assert.equal(event.process.executable, path.join(root, 'program'))
    assert.equal(event.process.workingDirectory, root)
  })

  test('a program without a name on disk is fileless', async () => {
    const mark = marker()
    const script = `
      import { readFileSync, writeSync } from 'node:fs'
      import { spawnSync } from 'node:child_process'
      const fd = libc('int memfd_create(const char *, unsigned int)')('payload-${mark}', 0)
      writeSync(fd, readFileSync('/bin/echo'))
      spawnSync('/proc/' + process.pid + '/fd/' + fd, ['${mark}'])`
    const ran = await runScript(script)
    const made = await host.expect('memory-file.created', (e) => e.name === `payload-${mark}`)
    assert.equal(made.process?.pid, ran.pid)
    const event = await host.expect(
      'process.started',
      (e) => e.process.arguments?.[1] === mark && e.process.fileless === true,
    )
    assert.match(event.process.executable ?? '', /^\/memfd:payload-/)
    const deleted = path.join(directory, 'deleted')
    copyFileSync('/bin/sleep', deleted)
    chmodSync(deleted, 0o755)
    const child = spawn(deleted, ['0.2'])
    await host.expect('process.started', (e) => e.process.pid === child.pid && e.process.executable === deleted)
  })

  test('a reused pid is another process with other ancestors', {
    skip: !existsSync('/proc/sys/kernel/ns_last_pid') && 'the kernel cannot choose a pid',
  }, async () => {
    const mark = marker()
    // The shell asks for the same pid again until it gets it: others start processes meanwhile.
    const script = `
      /bin/sh -c '/bin/echo ${mark} first; true'; true`
    const first = await run('/bin/sh', '-c', `${script}`)
    // Identities tell start times apart by clock ticks of 10 ms, all that /proc gives of processes that ran before.
    await pause(30)
    for (let attempt = 0; attempt < 50; attempt++) {
      writeFileSync('/proc/sys/kernel/ns_last_pid', String(first.pid - 1))
      const second = await run('/bin/echo', mark, 'second')
      if (second.pid !== first.pid) continue
      const started = await host.expect(
        'process.started',
        (e) => e.process.pid === first.pid && e.process.arguments?.[2] === 'second',
      )
      const earlier = await host.expect(
        'process.started',
        (e) => e.process.pid === first.pid && e.process.name === 'sh',
      )
      assert.notEqual(started.process.entityId, earlier.process.entityId)
      assert.equal(started.process.parent?.pid, process.pid)
      const inner = await host.expect(
        'process.started',
        (e) => e.process.arguments?.[1] === mark && e.process.arguments[2] === 'first' && e.process.name === 'echo',
      )
      assert.ok(inner.process.ancestors?.some((ancestor) => ancestor.entityId === earlier.process.entityId))
      return
    }
    assert.fail('the kernel did not give the pid again')
  })

  test('of 2,000 starts each is seen and none is lost', async () => {
    const mark = marker()
    const loop = `i=0; while [ $i -lt 2000 ]; do /bin/true ${mark}; i=$((i+1)); done`
    await run('/bin/sh', '-c', loop)
    const until = performance.now() + waitMs
    const starts = () =>
      host.seen('process.started', (e) => e.process.arguments?.[1] === mark && e.process.name === 'true')
    while (starts().length < 2000 && performance.now() < until) await pause(20)
    assert.equal(starts().length, 2000)
    assert.equal(new Set(host.events.map((event) => event.id)).size, host.events.length)
    for (const sensor of host.sensors) assert.equal(sensor.health().eventsLost, 0)
  })
})

function staticProgram(): string | undefined {
  return ['/bin/busybox', '/usr/bin/busybox', '/sbin/ldconfig'].find((file) => existsSync(file))
}
