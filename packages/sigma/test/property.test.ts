// Generated rules and records: the engine agrees with the slow reference. RAMPART_PROPERTY_CASES sets how many cases.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSigma, modifierNames, type Pipeline, parseSigma } from '@rampart/sigma'
import fc from 'fast-check'
import { placeholders, record, rule, ruleText } from './generate.ts'
import { referenceHolds } from './reference.ts'

/** Pairs of a rule and a record. */
const cases = Number(process.env.RAMPART_PROPERTY_CASES ?? 100_000)
const recordsPerRuleSet = 50
const rulesPerSet = 8

/** What a condition may be made of; conditions of a list are joined by a bar. */
const conditionForms: readonly [string, RegExp][] = [
  ['or', /\bor\b/],
  ['and', /\band\b/],
  ['not', /\bnot\b/],
  ['not not', /\bNOT not\b/],
  ['words in upper case', /\bOR\b/],
  ['brackets', /\(/],
  ['1 of them', /\b1 of them/],
  ['all of them', /\ball of them/i],
  ['1 of a pattern', /\b1 of \S*\*/],
  ['all of a pattern', /\ball of \S*\*/],
  ['any of', /\bany of/],
  ['2 of', /\b2 of/],
  ['not 1 of', /\bnot 1 of/],
  ['underscored names by a pattern', /\b1 of _\*/],
  ['several conditions', /\|/],
]

const pipeline: Pipeline = { routes: () => ['test'], field: () => undefined }

test(`the engine agrees with the reference on ${cases} pairs of rule and record`, (context) => {
  let pairs = 0
  let held = 0
  const reached = new Map<string, { held: number; silent: number }>()
  const count = (feature: string, isHeld: boolean): void => {
    const counts = reached.get(feature) ?? { held: 0, silent: 0 }
    counts[isHeld ? 'held' : 'silent']++
    reached.set(feature, counts)
  }
  const countItem = (key: string, isHeld: boolean): void => {
    const [field, ...modifiers] = key.split('|')
    count(field === '' ? 'keyword' : 'field', isHeld)
    for (const modifier of modifiers) count(modifier, isHeld)
  }
  const rules = fc.array(rule, { minLength: rulesPerSet, maxLength: rulesPerSet })
  const records = fc.array(record, { minLength: recordsPerRuleSet, maxLength: recordsPerRuleSet })
  fc.assert(
    fc.property(rules, records, (someRules, someRecords) => {
      const { documents, issues } = parseSigma(ruleText(someRules), 'generated.yml')
      const { engine, issues: more } = compileSigma(documents, pipeline, { placeholders })
      const errors = [...issues, ...more].filter(({ severity }) => severity === 'error')
      assert.deepEqual(errors, [])
      for (const each of someRecords) {
        const matched = engine.match('test', each).map(({ id }) => id)
        const expected = someRules.flatMap((one, index) => {
          const isHeld = referenceHolds(one, each, placeholders, countItem)
          for (const [form, expression] of conditionForms)
            if (expression.test([one.condition].flat().join('|'))) count(form, isHeld)
          return isHeld ? [`rule-${index}`] : []
        })
        pairs += someRules.length
        held += expected.length
        for (const [index, one] of someRules.entries())
          if (matched.includes(`rule-${index}`) !== expected.includes(`rule-${index}`))
            assert.fail(`${expected.length} expected: ${JSON.stringify(one)} for ${JSON.stringify(each)}`)
        assert.deepEqual(matched, expected)
      }
    }),
    { numRuns: Math.ceil(cases / (recordsPerRuleSet * rulesPerSet)), seed: Number(process.env.SEED ?? 7) },
  )
  for (const feature of ['keyword', 'field', ...modifierNames, ...conditionForms.map(([form]) => form)]) {
    const counts = reached.get(feature)
    const least = Math.min(counts?.held ?? 0, counts?.silent ?? 0)
    assert.ok(
      pairs < 100_000 || least >= 3,
      `"${feature}" held ${counts?.held ?? 0} times and was silent ${counts?.silent ?? 0} times`,
    )
    context.diagnostic(`${feature}: held ${counts?.held}, silent ${counts?.silent}`)
  }
  context.diagnostic(`${pairs} pairs, ${held} held`)
})
