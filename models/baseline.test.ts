/** Ordinary days through all models: no alert but those that `test/baseline/expected.yml` explains. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createDetector, type Finding } from '@rampart/detection'
import { createIndicatorSet } from '@rampart/intel'
import { loadIndicators, loadModels } from '@rampart/models'
import { openRecorded } from '@rampart/sensor'
import { parse } from 'yaml'

const directory = fileURLToPath(new URL('../test/baseline', import.meta.url))
const expected = (parse(readFileSync(join(directory, 'expected.yml'), 'utf8')) ?? {}) as Record<string, string>
const loaded = loadModels(undefined, { samples: false })
const indicators = createIndicatorSet(loadIndicators().indicators)
const slugs = new Map(loaded.models.map(({ path, slug }) => [path, slug]))

for (const file of readdirSync(directory).filter((name) => name.endsWith('.gz')))
  test(`nothing to report in ${file}`, async () => {
    const { detector } = createDetector({ models: loaded.models, indicators })
    const alerts = new Map<string, { finding: Finding; count: number; slug: string; record: number }>()
    const unread: string[] = []
    for await (const item of openRecorded([join(directory, file)])) {
      if ('unparsed' in item) unread.push(`${item.unparsed.line}: ${item.unparsed.reason}`)
      else
        for (const finding of detector.detect(item.event)) {
          const slug = slugs.get(detector.model(finding.modelId)?.path ?? '') ?? finding.modelId
          const known = alerts.get(slug)
          if (known) known.count++
          else if (!(slug in expected)) alerts.set(slug, { finding, count: 1, slug, record: item.record })
        }
    }
    assert.deepEqual(unread, [])
    assert.equal(detector.stats.failures, 0, detector.stats.lastFailure)
    assert.ok(detector.stats.events > 100)
    assert.equal(alerts.size, 0, `\n${[...alerts.values()].map(describe).join('\n')}`)
  })

test('no stable model is excused', () => {
  const { detector } = createDetector({ models: loaded.models, indicators })
  const stable = detector.models.filter(
    ({ status, path }) => status === 'stable' && (slugs.get(path) ?? '') in expected,
  )
  assert.deepEqual(
    stable.map(({ path }) => path),
    [],
  )
  assert.deepEqual(
    Object.keys(expected).filter((slug) => ![...slugs.values()].includes(slug)),
    [],
  )
})

function describe({ finding, count, slug, record }: { finding: Finding; count: number; slug: string; record: number }) {
  const held = finding.matched.map(({ field, value }) => `${field}=${JSON.stringify(value.slice(0, 200))}`).join(' ')
  return `${slug} (${finding.level}, ${count} times, first at record ${record}): ${held}`
}
