/** Files that are not what their name promises: an issue each, and everything else is loaded. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadIndicators, loadModels } from './index.ts'

test('a pipe, a file for a folder and a broken expectation are issues, never exceptions or waiting', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rampart-models-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const folder = (slug: string) => {
    const path = join(directory, 'other', slug)
    mkdirSync(join(path, 'samples'), { recursive: true })
    return path
  }
  execFileSync('mkfifo', [join(folder('pipe'), 'rule.yml')])
  writeFileSync(join(folder('file'), 'rule.yml'), 'title: one')
  writeFileSync(join(folder('file'), 'samples', 'attack'), 'not a folder')
  writeFileSync(join(folder('broken'), 'rule.yml'), 'title: two')
  const attack = join(folder('broken'), 'samples', 'attack')
  mkdirSync(join(attack, 'folder.log'), { recursive: true })
  writeFileSync(join(attack, 'a.json'), '{}')
  writeFileSync(join(attack, 'a.expect.yml'), 'reason: [never closed')

  const { models, issues } = loadModels(directory)
  assert.deepEqual(
    models.map(({ slug, samples }) => [slug, samples.length]),
    [
      ['other/broken', 1],
      ['other/file', 0],
    ],
  )
  const root = directory.slice(directory.lastIndexOf('/') + 1)
  assert.deepEqual(
    issues.map(({ code, path }) => `${code} ${path.slice(root.length)}`),
    [
      'models.invalid-expectation /other/broken/samples/attack/a.expect.yml',
      'models.unreadable /other/broken/samples/attack/folder.log',
      'models.unreadable /other/file/samples/attack',
      'models.unreadable /other/pipe/rule.yml',
    ],
  )
})

test('an indicator list that is a pipe, and a list for a folder', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rampart-intel-'))
  t.after(() => rmSync(directory, { recursive: true }))
  execFileSync('mkfifo', [join(directory, 'a.txt')])
  writeFileSync(join(directory, 'b.txt'), '192.0.2.1\n')
  const { indicators, issues } = loadIndicators([directory, join(directory, 'b.txt')])
  assert.equal(indicators.length, 1)
  assert.deepEqual(
    issues.map(({ code, path }) => [code, path]),
    [
      ['intel.unreadable', join(directory, 'a.txt')],
      ['intel.unreadable', join(directory, 'b.txt')],
    ],
  )
})
