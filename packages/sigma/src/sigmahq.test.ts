// All SigmaHQ rules load or are refused for a stated reason; SigmaHQ's own regression cases match. Skips without the data.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import {
  compileSigma,
  flattenWindowsEvent,
  formatIssue,
  parseSigma,
  type SigmaDocument,
  type SigmaIssue,
  windowsPipeline,
  windowsRoute,
} from './index.ts'

const beside = fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const sigma = join(process.env.RAMPART_TEST_DATA ?? beside, 'sigma')
const skip = existsSync(join(sigma, 'rules')) ? false : `no SigmaHQ rules at ${sigma}`

function filesBelow(folder: string, name: string | RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path, name)
    return (typeof name === 'string' ? entry.name === name : name.test(entry.name)) ? [path] : []
  })
}

function loadAll() {
  const documents: SigmaDocument[] = []
  const issues: SigmaIssue[] = []
  let files = 0
  for (const folder of ['rules', 'rules-emerging-threats', 'rules-threat-hunting'])
    for (const file of filesBelow(join(sigma, folder), /\.yml$/)) {
      const parsed = parseSigma(readFileSync(file, 'utf8'), file)
      documents.push(...parsed.documents)
      issues.push(...parsed.issues)
      files++
    }
  return { documents, issues, files }
}

test('every SigmaHQ rule loads, or is refused only for a placeholder without values', { skip }, () => {
  const { documents, issues, files } = loadAll()
  const { engine, issues: more } = compileSigma(documents, windowsPipeline)
  const errors = [...issues, ...more].filter(({ severity }) => severity === 'error')
  const other = errors.filter(({ code }) => code !== 'sigma.unresolved-placeholder')
  assert.deepEqual(other.map(formatIssue), [])
  assert.ok(files >= 3_754, `${files} files`)
  assert.equal(engine.stats.rules + errors.length, files)
  const unplaced = [...issues, ...more].filter(({ path, line, message }) => !path || line < 1 || !message)
  assert.deepEqual(unplaced, [])
})

test('with values for the placeholders every rule loads', { skip }, () => {
  const { documents, files } = loadAll()
  const placeholders = { known_cdcs: ['dc01.example.com'] }
  const { engine, issues } = compileSigma(documents, windowsPipeline, { placeholders })
  assert.equal(engine.stats.rules, files)
  assert.deepEqual(issues.filter(({ severity }) => severity === 'error').map(formatIssue), [])
})

interface Info {
  rule_metadata: { id: string; title: string }[]
  regression_tests_info?: { type: string; match_count?: number }[]
}

/** Where the file holds more of what the rule names than its info.yml says: procdump.exe, procdump64.exe, procdump64a.exe. */
const recounted: Record<string, number> = { '8fbf3271-1ef6-4e94-8210-03c2317947f6': 3 }

test('every regression case of SigmaHQ matches from its JSON', { skip }, async (context) => {
  const { documents } = loadAll()
  const { engine } = compileSigma(documents, windowsPipeline, { placeholders: { known_cdcs: ['dc01.example.com'] } })
  let cases = 0
  let raw = 0
  const infos = filesBelow(join(sigma, 'regression_data'), 'info.yml')
  for (const file of infos) {
    const info = parse(readFileSync(file, 'utf8')) as Info
    const id = info.rule_metadata[0]?.id
    const given = recounted[id ?? ''] ?? info.regression_tests_info?.[0]?.match_count
    for (const json of filesBelow(dirname(file), /\.json$/)) {
      const matched = records(readFileSync(json, 'utf8')).filter((record) => {
        const flat = flattenWindowsEvent(record) ?? {}
        return engine.match(windowsRoute(flat), flat).some((rule) => rule.id === id)
      })
      cases++
      if (given === undefined) assert.ok(matched.length > 0, json)
      else assert.equal(matched.length, given, json)
    }
    for (const text of filesBelow(dirname(file), /\.raw$/)) {
      const rule = documents.filter((document) => document.id === id)
      const lines = compileSigma(rule, { routes: () => ['line'], field: () => undefined }).engine
      const found = readFileSync(text, 'utf8')
        .split('\n')
        .filter((message) => lines.match('line', { message }).length > 0)
      assert.ok(found.length > 0, text)
      raw++
    }
  }
  context.diagnostic(`${cases} cases, ${raw} of plain text`)
  assert.equal(cases + raw, infos.length)
  assert.ok(cases >= 100)
})

/** One JSON value, a list of them, or several values one after another. */
function records(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : [value]
  } catch {
    return text
      .split(/\n(?=\{)/)
      .filter((part) => part.trim() !== '')
      .map((part): unknown => JSON.parse(part))
  }
}
