// The exact text of every error: each testdata/errors/*.yml beside the lines a person sees. UPDATE=1 writes them anew.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { catalogue, compileSigma, formatIssue, type Pipeline, parseSigma } from './index.ts'

const folder = new URL('../testdata/errors/', import.meta.url)
const pipeline: Pipeline = {
  routes: ({ category }) => (category === 'test' ? ['test'] : []),
  field: () => undefined,
}

function issuesOf(text: string, path: string, placeholders = {}) {
  const parsed = parseSigma(text, path)
  const compiled = compileSigma(parsed.documents, pipeline, { placeholders })
  return [...parsed.issues, ...compiled.issues]
}

const seen = new Set<string>()
for (const name of readdirSync(folder).filter((each) => each.endsWith('.yml')))
  test(name, () => {
    const issues = issuesOf(readFileSync(new URL(name, folder), 'utf8'), name)
    for (const { code } of issues) seen.add(code)
    const lines = issues.map((issue) => `${formatIssue(issue)}\n`).join('')
    const golden = new URL(name.replace('.yml', '.txt'), folder)
    if (process.env.UPDATE || !existsSync(golden)) writeFileSync(golden, lines)
    assert.equal(lines, readFileSync(golden, 'utf8'))
  })

/** Codes whose input is made by limits.test.ts, because it is too large to keep; and those of who reads files. */
const elsewhere = [
  ...['sigma.too-large', 'sigma.too-many-documents', 'sigma.yaml-depth', 'sigma.too-many-values'],
  ...['sigma.unreadable', 'sigma.bad-placeholders'],
]

test('every code of the catalogue has an example', () => {
  const without = Object.keys(catalogue).filter((code) => !seen.has(code) && !elsewhere.includes(code))
  assert.deepEqual(without, [])
})
