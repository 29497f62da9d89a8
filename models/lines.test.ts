/** Events of all samples and recorded days as lines of JSON: the same findings and the same state as from the parsed events. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { createDetector, type Detector } from '@rampart/detection'
import type { Event } from '@rampart/event'
import { createIndicatorSet } from '@rampart/intel'
import { loadIndicators, loadModels } from '@rampart/models'
import { readSample } from '@rampart/sensor'

const { models } = loadModels()
const indicators = createIndicatorSet(loadIndicators().indicators)
const samples = models.flatMap((model) =>
  model.samples.map(({ path, text }) => ({
    path,
    lines: readSample(path, text).events.map((event) => JSON.stringify(event)),
  })),
)
const baseline = fileURLToPath(new URL('../test/baseline', import.meta.url))
const days = readdirSync(baseline)
  .filter((name) => name.endsWith('-day.ndjson.gz'))
  .map((name) => ({
    path: name,
    lines: gunzipSync(readFileSync(join(baseline, name)))
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('{')),
  }))
const newDetector = (): Detector => createDetector({ models, indicators }).detector

/** Both ways side by side; gives the number of findings of the lines. */
function sideBySide(options: Parameters<Detector['lines']>[0] = {}) {
  const [parsed, unparsed] = [newDetector(), newDetector()]
  const lines = unparsed.lines(options)
  return {
    parsed,
    unparsed,
    stats: lines.stats,
    run(path: string, some: readonly string[]): number {
      let found = 0
      for (const [index, line] of some.entries()) {
        const expected = parsed.detect(JSON.parse(line) as Event)
        const findings = lines.detect(Buffer.from(line))
        assert.deepEqual(findings, expected, `${path}, event ${index + 1}: ${line}`)
        found += expected.length
      }
      return found
    },
  }
}

test('each sample by itself', (context) => {
  const { parsed, unparsed, run, stats } = sideBySide({ learnFrom: 16 })
  const empty = parsed.saveState()
  let found = 0
  // once more, when the values have been seen and the tables are made
  for (let times = 0; times < 2; times++)
    for (const { path, lines } of samples) {
      parsed.restoreState(empty)
      unparsed.restoreState(empty)
      found += run(path, lines)
      assert.deepEqual(unparsed.saveState(), parsed.saveState(), path)
    }
  assert.deepEqual(unparsed.stats, parsed.stats)
  context.diagnostic(
    `${samples.length} samples, ${stats.lines} lines, ${stats.parsed} parsed to learn, ${found} findings`,
  )
  assert.ok(found > samples.length)
})

test('all samples and recorded days one after the other, with hardly any memory', (context) => {
  const { parsed, unparsed, run, stats } = sideBySide({ learnFrom: 64, memo: { values: 16, hashBits: 3 } })
  let found = 0
  for (const { path, lines } of [...samples, ...days, ...samples.toReversed()]) found += run(path, lines)
  assert.deepEqual(unparsed.saveState(), parsed.saveState())
  assert.deepEqual(unparsed.stats, parsed.stats)
  context.diagnostic(`${stats.lines} lines, ${stats.parsed} parsed to learn, ${found} findings`)
})

test('recorded days with samples between them, saved and taken over by another detector again and again', () => {
  let both = sideBySide()
  let found = 0
  const pieces = days.flatMap(({ path, lines }) =>
    Array.from({ length: 12 }, (_, part) => ({
      path,
      lines: lines.slice(Math.floor((part * lines.length) / 12), Math.floor(((part + 1) * lines.length) / 12)),
    })),
  )
  for (const [index, piece] of pieces.entries()) {
    found += both.run(piece.path, piece.lines)
    for (let number = index; number < samples.length; number += pieces.length) {
      const sample = samples[number]
      if (sample) found += both.run(sample.path, sample.lines)
    }
    const saved = JSON.stringify(both.unparsed.saveState())
    assert.equal(saved, JSON.stringify(both.parsed.saveState()))
    if (index % 9 !== 8) continue
    both = sideBySide({ learnFrom: 32 })
    both.unparsed.restoreState(JSON.parse(saved))
    both.parsed.restoreState(JSON.parse(saved))
  }
  assert.ok(found > 1_000)
})
