// Generated rules and records: the engine agrees with the slow reference. RAMPART_PROPERTY_CASES sets how many cases.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSigma, type Pipeline, parseSigma } from '@rampart/sigma'
import fc from 'fast-check'
import { record, rule, ruleText } from './generate.ts'
import { referenceHolds } from './reference.ts'

/** Pairs of a rule and a record. */
const cases = Number(process.env.RAMPART_PROPERTY_CASES ?? 100_000)
const recordsPerRuleSet = 50
const rulesPerSet = 8

const pipeline: Pipeline = { routes: () => ['test'], field: () => undefined }

test(`the engine agrees with the reference on ${cases} pairs of rule and record`, (context) => {
  let pairs = 0
  let held = 0
  const rules = fc.array(rule, { minLength: rulesPerSet, maxLength: rulesPerSet })
  const records = fc.array(record, { minLength: recordsPerRuleSet, maxLength: recordsPerRuleSet })
  fc.assert(
    fc.property(rules, records, (someRules, someRecords) => {
      const { documents, issues } = parseSigma(ruleText(someRules), 'generated.yml')
      const { engine, issues: more } = compileSigma(documents, pipeline)
      const errors = [...issues, ...more].filter(({ severity }) => severity === 'error')
      assert.deepEqual(errors, [])
      for (const each of someRecords) {
        const matched = engine.match('test', each).map(({ id }) => id)
        const expected = someRules.flatMap((one, index) => (referenceHolds(one, each) ? [`rule-${index}`] : []))
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
  context.diagnostic(`${pairs} pairs, ${held} held`)
})
