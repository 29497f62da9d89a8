import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readRunFile, writeRunFile } from './run-file.ts'

test('a run file that names no process is not believed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rampart-run-'))
  for (const run of [{ pid: -1 }, { pid: 0, startTicks: '1' }, { pid: 2 ** 30 }, null]) {
    writeFileSync(join(directory, 'up.json'), JSON.stringify(run))
    assert.equal(readRunFile(directory), undefined)
  }
  rmSync(directory, { recursive: true })
})

test('a run file of an earlier boot is not believed, though a process has its pid and start time', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rampart-run-'))
  writeRunFile(directory, { console: 'http://127.0.0.1:7350', startedAt: '2026-01-01T00:00:00.000Z' })
  assert.equal(readRunFile(directory)?.pid, process.pid)
  const path = join(directory, 'up.json')
  for (const bootId of ['00000000-0000-0000-0000-000000000000', undefined]) {
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), bootId }))
    assert.equal(readRunFile(directory), undefined)
  }
  rmSync(directory, { recursive: true })
})
