/** What a program does to files through io_uring, without a system call that names one. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Observation, observe, run, skip } from './observe.ts'

const source = fileURLToPath(new URL('./uring.c', import.meta.url))
const noCompiler = spawnSync('clang', ['--version']).status !== 0 && 'clang is not installed'

describe('files through io_uring', { skip: skip || noCompiler }, () => {
  let host: Observation
  let directory = ''

  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'rampart-uring-'))
    const built = spawnSync('clang', ['-O1', source, '-o', path.join(directory, 'uring')])
    assert.equal(built.status, 0, String(built.stderr))
    host = await observe({ watches: [{ path: path.join(directory, 'watched'), report: 'all' }] })
  })
  after(async () => {
    await host.stop()
    rmSync(directory, { recursive: true })
  })

  const capability = () =>
    host.sensors.find(({ name }) => name === 'ebpf.file')?.health().capabilities['file.* (io_uring)']

  test('they can be seen here, or it is said why not', () => {
    const { works, reason } = capability() ?? {}
    assert.ok(works || /io_uring/.test(reason ?? ''), reason)
  })

  for (const [who, more] of [
    ['the process itself', []],
    ['a thread of the kernel that submits for it', ['poll']],
  ] as const)
    test(`opened, removed, renamed, linked and marked by ${who}`, async (t) => {
      if (!capability()?.works) {
        t.skip(capability()?.reason)
        return
      }
      const watched = path.join(directory, 'watched')
      const at = (name: string) => path.join(watched, name)
      rmSync(watched, { recursive: true, force: true })
      mkdirSync(watched)
      writeFileSync(at('there'), 'x')
      const begun = host.events.length
      const ran = await run(path.join(directory, 'uring'), watched, ...more)
      if (ran.status === 77) {
        t.skip('io_uring is switched off on this host')
        return
      }
      const results = ran.output.trim().split('\n')
      const worked = (what: string) => results.some((line) => line.startsWith(`${what} `) && !line.includes('-'))
      assert.ok(worked('open') && worked('unlink'), ran.output)
      const by = { pid: ran.pid, started: true }
      const mine = (e: { process?: { pid: number } }) => e.process?.pid === by.pid

      const made = await host.expect('file.written', (e) => e.file.path === at('made') && mine(e))
      assert.equal(made.created, true)
      assert.equal(made.process?.parent?.pid, process.pid)
      if (worked('direct')) {
        const direct = await host.expect('file.written', (e) => e.file.path === at('direct') && mine(e))
        assert.equal(
          direct.file.inode,
          statSync(at('direct')).ino,
          'without a descriptor the file is the right one too',
        )
      }
      if (worked('quiet')) await host.expect('file.written', (e) => e.file.path === at('quiet') && mine(e))
      const renamed = await host.expect('file.renamed', (e) => e.file.path === at('moved') && mine(e))
      assert.equal(renamed.previousPath, at('made'))
      const hard = await host.expect('file.linked', (e) => e.file.path === at('hard') && mine(e))
      assert.deepEqual([hard.symbolic, hard.target], [false, at('moved')])
      const soft = await host.expect('file.linked', (e) => e.file.path === at('soft') && mine(e))
      assert.deepEqual([soft.symbolic, soft.target], [true, '/etc/shadow'])
      await host.expect('file.removed', (e) => e.file.path === at('moved') && mine(e))
      if (worked('silent')) await host.expect('file.removed', (e) => e.file.path === at('hard') && mine(e))
      if (worked('attribute'))
        for (const attribute of ['user.mark', 'user.named'])
          await host.expect(
            'file.mode-changed',
            (e) => e.file.path === at('made') && e.attribute === attribute && mine(e),
          )
      await host.expect('process.ended', (e) => e.process.pid === ran.pid)
      const told = host.events
        .slice(begun)
        .filter((e) => 'file' in e && /there|not-|nor-/.test(path.basename(e.file.path)))
      assert.deepEqual(told, [], 'neither what was opened for reading nor what failed')
    })
})
