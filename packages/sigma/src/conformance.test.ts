// The cases of testdata/conformance: rules and records in, matches compared. A new case needs no code.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import {
  compileSigma,
  flattenWindowsEvent,
  modifierNames,
  type Pipeline,
  parseSigma,
  type SigmaIssue,
  windowsPipeline,
  windowsRoute,
} from './index.ts'

interface Case {
  feature: string
  rule: string
  windows?: boolean
  placeholders?: Record<string, string[]>
  refused?: string
  holds?: object[]
  silent?: object[]
  events?: [number, string, object][]
  flush?: boolean
  latenessMs?: number
  matches?: { rule: string; at: number; group?: Record<string, string>; events: string[] }[]
}

const plain: Pipeline = {
  routes: ({ category }) => (category === 'test' ? ['test'] : []),
  field: () => undefined,
}

const folder = new URL('../testdata/conformance/', import.meta.url)
const all: Case[] = []
for (const file of readdirSync(folder).sort()) {
  const cases = parse(readFileSync(new URL(file, folder), 'utf8')) as Case[]
  all.push(...cases)
  for (const each of cases) test(`${file}: ${each.feature}`, () => run(each, file))
}

test('each modifier is shown by a case that fails without it', () => {
  const without = modifierNames.filter((name) => {
    const mark = new RegExp(`\\|${name}(?=[|:'"])`, 'g')
    return !all.some(
      (each) => !each.refused && each.rule.search(mark) >= 0 && fails({ ...each, rule: each.rule.replace(mark, '') }),
    )
  })
  assert.deepEqual(without, [])
})

function fails(each: Case): boolean {
  try {
    run(each, 'changed')
    return false
  } catch {
    return true
  }
}

function run(each: Case, file: string): void {
  const hasHead = /^(title|action|logsource):/m.test(each.rule)
  const text = hasHead ? each.rule : `logsource: {category: test}\n${each.rule}`
  const titled = /^title:/m.test(text) ? text : `title: case\n${text}`
  const { documents, issues } = parseSigma(titled, file)
  const pipeline = each.windows ? windowsPipeline : plain
  const correlation = each.latenessMs === undefined ? undefined : { allowedLatenessMs: each.latenessMs }
  const options = { placeholders: each.placeholders, correlation }
  const { engine, issues: more } = compileSigma(documents, pipeline, options)
  const errors = [...issues, ...more].filter(({ severity }: SigmaIssue) => severity === 'error')
  if (each.refused)
    assert.ok(
      errors.some(({ code }) => code === each.refused),
      JSON.stringify(errors),
    )
  else assert.deepEqual(errors, [])
  const matching = (record: object): number => {
    const flat = each.windows ? (flattenWindowsEvent(record) ?? {}) : record
    return engine.match(each.windows ? windowsRoute(flat) : 'test', flat).length
  }
  for (const record of each.holds ?? []) assert.equal(matching(record), 1, `holds for ${JSON.stringify(record)}`)
  for (const record of each.silent ?? []) assert.equal(matching(record), 0, `is silent for ${JSON.stringify(record)}`)
  if (!each.matches) return
  const found = (each.events ?? []).flatMap(([at, id, record]) => engine.process('test', record, at * 1000, id))
  if (each.flush) found.push(...engine.advance(Number.POSITIVE_INFINITY))
  const shown = found.map(({ rule, at, group, eventIds }) => {
    const match = { rule: rule.title, at: at / 1000, events: eventIds }
    return group ? { ...match, group } : match
  })
  assert.deepEqual(shown, each.matches)
  assert.equal(new Set(found.map(({ id }) => id)).size, found.length)
}
