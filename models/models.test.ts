/** The one test of all models: every sample runs against every model. Nothing here needs to change when a model is added. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createDetector, formatIssue } from '@rampart/detection'
import { createIndicatorSet } from '@rampart/intel'
import { judgeSample, loadIndicators, loadModels } from '@rampart/models'
import { readSample } from '@rampart/sensor'

const loaded = loadModels()
const { indicators, issues: indicatorIssues } = loadIndicators()
const { detector, issues } = createDetector({ models: loaded.models, indicators: createIndicatorSet(indicators) })
const slugs = new Map(
  detector.models.map((model) => [model.id, loaded.models.find(({ path }) => path === model.path)?.slug ?? model.slug]),
)
const empty = detector.saveState()
/** `MODEL=reverse-shell npm test` runs the samples of the models whose path contains it. */
const wanted = process.env.MODEL ?? ''

test('every model and indicator list loads', () => {
  const problems = [
    ...loaded.issues.map((issue) => `${issue.path} ${issue.code} ${issue.message}`),
    ...issues.map(formatIssue),
    ...indicatorIssues.map((issue) => `${issue.path}:${issue.line} ${issue.code} ${issue.message}`),
  ]
  assert.equal(problems.length, 0, `\n${problems.join('\n')}`)
})

for (const model of loaded.models.filter(({ path }) => path.includes(wanted)))
  describe(model.slug, () => {
    for (const sample of model.samples)
      test(`${sample.label}/${sample.name}`, () => {
        const { events, header, problems } = readSample(sample.path, sample.text)
        assert.ok(header, `${sample.path}:1 the first line must be "# captured|synthesised, how, date"`)
        assert.equal(
          problems.length,
          0,
          `${sample.path} has lines that cannot be read:\n${problems.map(({ line, reason }) => `  line ${line}: ${reason}`).join('\n')}`,
        )
        const verdict = judgeSample(detector, empty, sample, events, model.slug, (id) => slugs.get(id) ?? id)
        assert.ok(verdict.ok, `${sample.path}\n  ${verdict.problems.join('\n  ')}`)
      })
  })
