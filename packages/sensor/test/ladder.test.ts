/** Every rung of the ladder on this kernel: what it can see is seen, what it cannot see is said. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Rung, rungs, type SensorHealth } from '../src/sensor.ts'
import { marker, type Observation, observe, run, runScript, skip } from './observe.ts'

const shell = (script: string) => run('/bin/sh', '-c', script)

for (const rung of ['ebpf', 'fanotify', 'tracefs', 'polling'] satisfies Rung[])
  describe(`rung ${rung}`, { skip }, () => {
    let host: Observation
    let directory = ''
    const at = (...names: string[]) => path.join(directory, ...names)

    before(async () => {
      directory = mkdtempSync(path.join(tmpdir(), 'rampart-rung-'))
      mkdirSync(at('watched'))
      mkdirSync(at('programs'))
      host = await observe({
        rung,
        watches: [
          { path: at('watched'), report: 'all', content: true },
          { path: at('programs'), report: 'executables' },
        ],
      })
    })
    after(async () => {
      await host.stop()
      rmSync(directory, { recursive: true })
    })

    test('it is the one that runs, and says why not a better one', () => {
      assert.equal(host.rung, rung)
      const ladder = host.sensors.find(({ name }) => name === 'host.ladder')?.health()
      assert.equal(ladder?.capabilities[`rung.${rung}`]?.works, true)
      for (const better of rungs.slice(0, rungs.indexOf(rung))) {
        const capability: { works: boolean; reason?: string } | undefined = ladder?.capabilities[`rung.${better}`]
        assert.equal(capability?.works, false, better)
        assert.match(capability?.reason ?? '', /\w{4,}/)
      }
      for (const block of ['block.process-start', 'block.file-change', 'block.connection'])
        assert.ok(ladder?.capabilities[block], block)
    })

    test('a program with its arguments, its directory and its ancestors', async () => {
      const mark = marker()
      const ran = await run('/bin/sh', '-c', `cd /usr && /bin/sleep 1.0 && echo ${mark}`)
      const event = await host.expect('process.started', (e) => e.process.commandLine?.includes(mark) === true)
      assert.equal(event.process.pid, ran.pid)
      assert.match(event.process.executable ?? '', /\/(?:da|ba)?sh$/)
      assert.equal(event.process.parent?.pid, process.pid)
      const child = await host.expect('process.started', (e) => e.process.parent?.pid === ran.pid)
      assert.deepEqual(child.process.arguments, ['/bin/sleep', '1.0'])
      assert.equal(child.process.workingDirectory, '/usr')
      const ended = await host.expect('process.ended', (e) => e.process.pid === ran.pid)
      if (rung === 'ebpf' || rung === 'fanotify') assert.equal(ended.exitCode, 0)
    })

    test('files written, with content, and removed', async () => {
      // Removed only when it was seen: a busy machine may read the content later than any pause.
      const running = shell(
        `echo hello > ${at('watched/a')}; while [ ! -e ${at('seen')} ]; do sleep 0.05; done; rm ${at('watched/a')}; sleep 0.2`,
      )
      const written = await host.expect('file.written', (e) => e.file.path === at('watched/a'))
      writeFileSync(at('seen'), '')
      const ran = await running
      assert.equal(written.content, 'hello\n')
      assert.equal(written.created, true)
      const removed = await host.expect('file.removed', (e) => e.file.path === at('watched/a'))
      if (rung !== 'polling') {
        assert.equal(written.process?.pid, ran.pid)
        assert.equal(removed.process?.parent?.pid, ran.pid)
      }
    })

    test('a directory made later is watched, and only programs count where only programs are wanted', async () => {
      await shell(`mkdir ${at('watched/new')}; sleep 0.3; echo x > ${at('watched/new/b')}; sleep 0.3
        echo text > ${at('programs/text')}; printf '#!/bin/sh\\n' > ${at('programs/script')}; sleep 0.3`)
      await host.expect('file.written', (e) => e.file.path === at('watched/new/b'))
      await host.expect('file.written', (e) => e.file.path === at('programs/script'))
      if (rung !== 'ebpf')
        assert.deepEqual(
          host.seen('file.written', (e) => e.file.path === at('programs/text')),
          [],
        )
    })

    test('files renamed, also below a renamed directory, linked, and with another mode', {
      skip: rung === 'polling' && 'polling compares listings: it sees neither renames nor links',
    }, async () => {
      await shell(`mkdir ${at('watched/d')}; echo x > ${at('watched/d/c')}; sleep 0.1; mv ${at('watched/d')} ${at('watched/e')}
        mv ${at('watched/e/c')} ${at('watched/e/f')}; chmod 4755 ${at('watched/e/f')}; ln -s /etc/shadow ${at('watched/link')}; sleep 0.1`)
      const renamed = await host.expect('file.renamed', (e) => e.file.path === at('watched/e/f'))
      assert.equal(renamed.previousPath, at('watched/e/c'))
      const mode = await host.expect(
        'file.mode-changed',
        (e) => e.file.path === at('watched/e/f') && e.change === 'mode',
      )
      assert.equal(mode.mode, 0o4755)
      const link = await host.expect('file.linked', (e) => e.file.path === at('watched/link'))
      assert.equal(link.target, '/etc/shadow')
    })

    test('another watch list while it runs', async () => {
      mkdirSync(at('later'))
      await shell(`echo x > ${at('later/before')}; sleep 0.2`)
      const all = { report: 'all', content: true } as const
      assert.equal(
        host.watch([
          { path: at('later'), ...all },
          { path: at('watched'), ...all },
          { path: at('programs'), report: 'executables' },
        ]),
        true,
      )
      await shell(`echo x > ${at('later/after')}; sleep 0.3; echo x > ${at('watched/still')}; sleep 0.3`)
      await host.expect('file.written', (e) => e.file.path === at('later/after'))
      await host.expect('file.written', (e) => e.file.path === at('watched/still'))
      assert.deepEqual(
        host.seen('file.written', (e) => e.file.path === at('later/before')),
        [],
      )
    })

    test('TCP: listening and connected', async () => {
      const ran = await runScript(`
        import net from 'node:net'
        const server = net.createServer(() => {})
        server.listen(0, '127.0.0.1', () => {
          console.log(server.address().port)
          setTimeout(() => net.connect(server.address().port, '127.0.0.1'), 1500)
          setTimeout(() => process.exit(), 4000)
        })`)
      const port = Number(ran.output.trim())
      const listening = await host.expect('network.listening', (e) => e.destination.port === port)
      assert.equal(listening.process?.pid, ran.pid)
      await host.expect('network.accepted', (e) => e.destination.port === port)
      if (rung !== 'polling')
        await host.expect('network.connected', (e) => e.destination.port === port && e.process?.pid === ran.pid)
    })

    test('a change of user', {
      skip: rung !== 'ebpf' && rung !== 'fanotify' && 'neither trace events nor /proc tell of it',
    }, async () => {
      const ran = await runScript('process.setuid(65534)\nsetTimeout(() => {}, 300)')
      const event = await host.expect('privilege.used', (e) => e.operation === 'setuid' && e.process?.pid === ran.pid)
      assert.equal(event.targetUser?.id, 65_534)
      assert.equal(event.user?.id, 0)
    })
  })

test('digests of files when they are closed, beside eBPF and without', { skip }, async () => {
  for (const rung of ['ebpf', 'fanotify'] as const) {
    const directory = mkdtempSync(path.join(tmpdir(), 'rampart-hash-'))
    const host = await observe({ rung, watches: [{ path: directory, report: 'all', hash: true }] })
    try {
      // Opened once and written in parts: the digest is that of the whole.
      const file = path.join(directory, 'f')
      const ran = await shell(`exec 3> ${file}; echo one >&3; sleep 0.3; echo two >&3; exec 3>&-; sleep 0.3`)
      const event = await host.expect('file.written', (e) => e.file.path === file)
      assert.equal(event.file.hash?.sha256, createHash('sha256').update('one\ntwo\n').digest('hex'))
      assert.equal(event.process?.pid, ran.pid)
      assert.equal(event.created, true)
      assert.equal(host.seen('file.written', (e) => e.file.path === file).length, 1)
    } finally {
      await host.stop()
      rmSync(directory, { recursive: true })
    }
  }
})

test('a kernel without type information: the next rung runs by itself, and the map of capabilities says why', {
  skip,
}, async () => {
  // In a mount namespace of its own the file is not there, as on such a kernel.
  const script = `
    const { startHostSensors } = await import(${JSON.stringify(import.meta.resolve('../src/ladder/start.ts'))})
    const { defaultSensorPolicy: policy } = await import(${JSON.stringify(import.meta.resolve('../src/policy.ts'))})
    const { rung, sensors } = await startHostSensors({
      asset: { id: 'asset-1', name: 'host', kind: 'host' }, bootId: 'boot', emit() {}, report() {}, policy,
      stateDirectory: process.argv[1],
    })
    console.log(JSON.stringify({ rung, health: sensors.map((one) => one.health()) }))
    for (const one of sensors) await one.stop()
    process.exit()`
  const state = mkdtempSync(path.join(tmpdir(), 'rampart-untyped-'))
  const hidden = 'mount -t tmpfs none /sys/kernel/btf && exec "$0" --input-type=module -e "$1" "$2"'
  const ran = await run('unshare', '-m', '/bin/sh', '-c', hidden, process.execPath, script, state)
  rmSync(state, { recursive: true })
  const line = ran.output.split('\n').find((text) => text.startsWith('{'))
  assert.ok(line, ran.output)
  const { rung, health }: { rung: Rung; health: SensorHealth[] } = JSON.parse(line)
  assert.equal(rung, 'fanotify')
  const of = (sensor: string) => health.find((one) => one.sensor === sensor)
  const better = of('host.ladder')?.capabilities['rung.ebpf']
  assert.equal(better?.works, false)
  assert.match(better?.reason ?? '', /no type information .* CONFIG_DEBUG_INFO_BTF/)
  assert.match(of('host.ladder')?.reason ?? '', /^Less can be seen .* no type information/)
  assert.match(of('ebpf.dns')?.capabilities['dns.asked']?.reason ?? '', /no type information/)
  assert.equal(of('fanotify.file')?.capabilities['file.written']?.works, true)
})

test('without the kernel programs the next rung runs by itself', { skip }, async () => {
  const { startHostSensors } = await import('../src/ladder/start.ts')
  const { defaultSensorPolicy } = await import('../src/policy.ts')
  const empty = mkdtempSync(path.join(tmpdir(), 'rampart-nothing-'))
  const host = await startHostSensors(
    {
      asset: { id: 'asset-1', name: 'host', kind: 'host' },
      bootId: 'boot',
      emit: () => {},
      report: () => {},
      stateDirectory: empty,
      policy: defaultSensorPolicy,
    },
    empty,
  )
  try {
    assert.equal(host.rung, 'fanotify')
    const ladder = host.sensors.find(({ name }) => name === 'host.ladder')?.health()
    assert.match(ladder?.capabilities['rung.ebpf']?.reason ?? '', /not built .* `make bpf`/)
    assert.match(ladder?.reason ?? '', /Less can be seen/)
  } finally {
    for (const sensor of host.sensors) await sensor.stop()
    rmSync(empty, { recursive: true })
  }
})
