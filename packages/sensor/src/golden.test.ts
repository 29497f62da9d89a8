/**
 * Every file of a decoder's testdata/ folder is read as a recording, and its events are compared with
 * `<file>.expected`. `UPDATE_EXPECTED=1` writes them anew: read the difference before committing it.
 */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseEvent } from '@rampart/event'
import { openRecorded } from './replay/open.ts'

const files = globSync('*/testdata/*', { cwd: import.meta.dirname }).filter((file) => !file.endsWith('.expected'))

async function outcomes(path: string): Promise<string> {
  const lines: string[] = []
  for await (const item of openRecorded([path], { reference: Date.UTC(2026, 10, 23) })) {
    if ('unparsed' in item) {
      lines.push(JSON.stringify({ record: item.unparsed.line, unparsed: item.unparsed.reason }))
      continue
    }
    const parsed = parseEvent(item.event)
    assert.deepEqual(parsed.ok ? undefined : parsed.issue, undefined)
    const { schema: _schema, id: _id, sensor: _sensor, at, asset, type, ...rest } = item.event
    const head = { record: item.record, type, at: new Date(at).toISOString(), asset: `${asset.kind} ${asset.name}` }
    lines.push(JSON.stringify({ ...head, ...rest }))
  }
  return `${lines.join('\n')}\n`
}

test('there are recordings', () => assert.ok(files.length > 10))

for (const file of files.sort())
  test(file, async () => {
    const path = join(import.meta.dirname, file)
    const found = await outcomes(path)
    if (process.env.UPDATE_EXPECTED) writeFileSync(`${path}.expected`, found)
    assert.ok(existsSync(`${path}.expected`), 'UPDATE_EXPECTED=1 writes the expected file')
    assert.deepEqual(found.split('\n'), readFileSync(`${path}.expected`, 'utf8').split('\n'))
  })
