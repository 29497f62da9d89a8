/** What happens while the reader cannot keep up: files give way, processes do not, and everything is counted. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, test } from 'node:test'
import { observe, skip } from './observe.ts'

describe('under pressure', { skip }, () => {
  test('a burst of files costs no process, and what is lost is counted', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'rampart-pressure-'))
    // Rings too small for the burst, and a thread that does not read until it is over.
    const host = await observe({ ringBytes: 65_536, watches: [{ path: directory, report: 'all' }], hashWaitMs: 0 })
    try {
      const script = `i=0; while [ $i -lt 4000 ]; do : > f$i; i=$((i+1)); [ $((i % 500)) -eq 0 ] && /bin/true; done; exit 0`
      const begun = performance.now()
      const ran = spawnSync('/bin/sh', ['-c', script], { cwd: directory })
      const filesPerSecond = 4000 / ((performance.now() - begun) / 1000)
      assert.equal(ran.status, 0)
      await host.expect('process.ended', (e) => e.process.pid === ran.pid)
      const started = host.seen('process.started', (e) => e.process.parent?.pid === ran.pid)
      assert.equal(started.length, 8)
      const files = host.sensors.find(({ name }) => name === 'ebpf.file')?.health()
      const written = host.seen('file.written', (e) => e.file.path.startsWith(directory)).length
      assert.ok(files && files.eventsLost > 0 && written < 4000)
      assert.ok(written + files.eventsLost >= 4000, `${written} seen, ${JSON.stringify(files.lostByCause)} lost`)
      // A machine too busy to make a flood of it gives no reason to hold anybody back: then only the ring is full.
      if (filesPerSecond > 1000)
        assert.ok(files.lostByCause['held-back'], 'the one process that floods is held back before the ring is full')
      assert.equal(files.state, 'degraded')
      assert.match(files.reason ?? '', /^Events are being lost: \d+ by (?:held-back|ring-full) so far\. \w/)
      const processes = host.sensors.find(({ name }) => name === 'ebpf.process')?.health()
      assert.equal(processes?.eventsLost, 0)
    } finally {
      await host.stop()
      rmSync(directory, { recursive: true })
    }
  })

  test('a process that opens one file for writing again and again is one event a second', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'rampart-repeat-'))
    const host = await observe({ watches: [{ path: directory, report: 'all' }] })
    try {
      const script = `: > f; i=0; while [ $i -lt 300 ]; do : >> f; i=$((i+1)); done`
      const ran = spawnSync('/bin/sh', ['-c', script], { cwd: directory })
      await host.expect('process.ended', (e) => e.process.pid === ran.pid)
      const written = host.seen('file.written', (e) => e.file.path === path.join(directory, 'f')).length
      assert.ok(written >= 2 && written < 30, `${written} events`)
      assert.equal(host.sensors.find(({ name }) => name === 'ebpf.file')?.health().eventsLost, 0)
    } finally {
      await host.stop()
      rmSync(directory, { recursive: true })
    }
  })
})
