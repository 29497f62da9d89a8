// SigmaHQ's regression cases from their EVTX files, through the reader of this product and the engine. Skips without the data.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { createEvtxReader } from '@rampart/sensor'
import { compileSigma, parseSigma, windowsPipeline, windowsRoute } from '@rampart/sigma'
import { parse } from 'yaml'

const sigma = join(process.env.RAMPART_TEST_DATA ?? resolve(import.meta.dirname, '../../../../shared/data'), 'sigma')
const skip = existsSync(join(sigma, 'regression_data')) ? false : 'SigmaHQ data is not here (RAMPART_TEST_DATA)'

interface Info {
  rule_metadata: { id: string }[]
  regression_tests_info?: { match_count?: number }[]
}

function recordsOf(file: string): Record<string, unknown>[] {
  const records: Record<string, unknown>[] = []
  const reader = createEvtxReader({ record: ({ fields }) => records.push(fields), problem: () => {} })
  reader.feed(readFileSync(file))
  reader.end()
  return records
}

/** Where the file holds more of what the rule names than its info.yml says: procdump.exe, procdump64.exe, procdump64a.exe. */
const recounted: Record<string, number> = { '8fbf3271-1ef6-4e94-8210-03c2317947f6': 3 }

test('every regression case of SigmaHQ matches from its EVTX', { skip }, (context) => {
  const rules = globSync('{rules,rules-emerging-threats,rules-threat-hunting}/**/*.yml', { cwd: sigma })
  const documents = rules.flatMap((file) => parseSigma(readFileSync(join(sigma, file), 'utf8'), file).documents)
  const { engine } = compileSigma(documents, windowsPipeline, { placeholders: { known_cdcs: ['dc01.example.com'] } })
  let cases = 0
  for (const file of globSync('regression_data/**/*.evtx', { cwd: sigma })) {
    const info = parse(readFileSync(join(sigma, dirname(file), 'info.yml'), 'utf8')) as Info
    const id = info.rule_metadata[0]?.id
    const given = recounted[id ?? ''] ?? info.regression_tests_info?.[0]?.match_count
    const matched = recordsOf(join(sigma, file)).filter((record) =>
      engine.match(windowsRoute(record), record).some((rule) => rule.id === id),
    )
    if (given === undefined) assert.ok(matched.length > 0, file)
    else assert.equal(matched.length, given, file)
    cases++
  }
  context.diagnostic(`${cases} cases`)
  assert.ok(cases >= 100)
})
