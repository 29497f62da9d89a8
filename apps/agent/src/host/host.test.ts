/** Lock, ceilings and meter on the real host. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../../../test/until.ts'
import { lockHolder, takeLock } from './lock.ts'
import { createResourceMeter } from './resources.ts'

test('one holder at a time; a lock whose holder is gone is taken over', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lock-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const first = takeLock(folder)
  assert.ok(first.ok)
  const second = takeLock(folder)
  assert.ok(!second.ok && second.code === 'agent.already-running' && second.pid === process.pid)
  assert.equal(lockHolder(folder), process.pid)
  first.lock.release()
  assert.equal(lockHolder(folder), undefined)
  // The pid lives, but it is another process than the one that took the lock.
  writeFileSync(join(folder, 'agent.pid'), `${process.pid} other-boot:1\n`)
  assert.ok(takeLock(folder).ok)
  assert.deepEqual(readdirSync(folder), ['agent.pid'], 'nothing else is left behind')
})

test('the meter sees memory and work of its processes', async () => {
  const child = spawn(process.execPath, ['-e', 'for (;;);'])
  try {
    const measure = createResourceMeter(() => [child.pid ?? 0])
    await until('memory of a Node process', () => measure().rssBytes > 10_000_000)
    const cpuFraction = await until('work of it', () => {
      const measured = measure().cpuFraction
      return measured > 0.01 && measured
    })
    assert.ok(cpuFraction < 1.5, `${cpuFraction}`)
  } finally {
    child.kill('SIGKILL')
  }
})

test('a ceiling holds the process, or says why not; the group goes with it', () => {
  const script = `
    import { applyCeiling } from ${JSON.stringify(new URL('./ceiling.ts', import.meta.url).href)}
    import { readFileSync } from 'node:fs'
    const ceiling = applyCeiling({ cpuFraction: 0.1, memoryBytes: 250 * 1024 * 1024 })
    const inside = readFileSync('/proc/self/cgroup', 'utf8')
    await ceiling.remove()
    console.log(JSON.stringify({ description: ceiling.description, problems: ceiling.problems, inside }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  assert.equal(stderr, '')
  const { description, problems, inside } = JSON.parse(stdout)
  for (const resource of ['cpu', 'memory'])
    assert.ok(
      description.includes(`${resource} by`) || problems.some((one: string) => one.includes(`no ${resource} limit: `)),
    )
  if (description !== 'none') assert.match(inside, /rampart-agent-\d+/)
  assert.ok(!/rampart-agent/.test(readFileSync('/proc/self/cgroup', 'utf8')))
})
