import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { test } from 'node:test'
import { createJsonRecordSplitter } from '../../replay/json-records.ts'
import { windowsFields } from '../decode.ts'
import type { EvtxRecord } from './chunk.ts'
import type { EvtxCode } from './cursor.ts'
import { createEvtxReader } from './read.ts'

const data = join(
  process.env.RAMPART_TEST_DATA ?? resolve(import.meta.dirname, '../../../../../../shared/data'),
  'sigma/regression_data',
)
const files = existsSync(data) ? globSync('**/*.evtx', { cwd: data }).sort() : []
const skip = files.length === 0 && 'the recorded Windows logs are not here (RAMPART_TEST_DATA)'

function read(bytes: Uint8Array, piece = bytes.length) {
  const records: EvtxRecord[] = []
  const problems: EvtxCode[] = []
  const reader = createEvtxReader({ record: (one) => records.push(one), problem: (code) => problems.push(code) })
  for (let at = 0; at < bytes.length; at += piece) reader.feed(bytes.subarray(at, at + piece))
  reader.end()
  return { records, problems }
}

/** The records of the JSON file that another reader made of the same log. */
function expected(path: string): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = []
  const splitter = createJsonRecordSplitter({
    record: (text) => rows.push(windowsFields(JSON.parse(text))),
    broken: (_index, code) => assert.fail(code),
  })
  splitter.feed(readFileSync(path, 'utf8').replace(/^\ufeff/, ''))
  splitter.end()
  return rows
}

/** The other reader drops white space at the end of texts; this one gives them as they were logged. */
const trimmed = (fields: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? value.trimEnd() : value]),
  )

test('every field of every recorded log agrees with the JSON that another reader made of it', { skip }, () => {
  let compared = 0
  for (const file of files) {
    const { records, problems } = read(readFileSync(join(data, file)))
    assert.deepEqual(
      problems.filter((code) => !code.includes('checksum') && code !== 'evtx.bad-file-header'),
      [],
      file,
    )
    const json = expected(join(data, file.replace(/\.evtx$/, '.json')))
    assert.ok(records.length >= json.length && json.length > 0, basename(file))
    for (const row of json) {
      const same = records.find((record) => record.fields.EventRecordID === row.EventRecordID)
      assert.deepEqual(trimmed(same?.fields ?? {}), row, file)
      assert.equal(same?.number, row.EventRecordID)
      compared++
    }
  }
  assert.ok(compared >= 100)
})

test('a log fed in small pieces gives the same records', { skip }, () => {
  const bytes = readFileSync(join(data, files[0] ?? ''))
  assert.deepEqual(read(bytes, 1000), read(bytes))
})
