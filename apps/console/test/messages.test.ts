/** Messages are complete in both languages, every key that is used exists, and components hold no words of their own. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { type Route, routes } from '@rampart/api'
import { alertStates, alertTypes, assetKinds, entityKinds, levels, stages } from '@rampart/api/vocabulary'
import { parseSync } from 'vite'

const source = new URL('../src', import.meta.url).pathname
const files = (pattern: string) => globSync(pattern, { cwd: source }).map((path) => join(source, path))
const flatten = (value: unknown, path = ''): [string, string][] =>
  typeof value === 'string'
    ? [[path, value]]
    : Object.entries(value as object).flatMap(([key, inner]) => flatten(inner, path ? `${path}.${key}` : key))
const read = (path: string) => new Map(flatten(JSON.parse(readFileSync(path, 'utf8'))))
const names = files('messages/en/*.json').map((path) => basename(path, '.json'))
const english = new Map(names.map((name) => [name, read(join(source, `messages/en/${name}.json`))]))
const chinese = new Map(names.map((name) => [name, read(join(source, `messages/zh/${name}.json`))]))
/** English has one and other, Chinese other only. */
const withoutPlural = (key: string) => key.replace(/_(?:one|other)$/, '')
const unique = (keys: Iterable<string>) => [...new Set([...keys].map(withoutPlural))].sort()

test('both languages have the same files', () => {
  assert.deepEqual(
    files('messages/zh/*.json')
      .map((path) => basename(path, '.json'))
      .sort(),
    [...names].sort(),
  )
})

for (const name of names) {
  test(`${name}: the same keys and the same values to fill in`, () => {
    const en = english.get(name) ?? new Map()
    const zh = chinese.get(name) ?? new Map()
    assert.deepEqual(unique(zh.keys()), unique(en.keys()))
    const slots = (text: string) =>
      [...text.matchAll(/\{\{(\w+)\}\}/g)]
        .map((match) => match[1])
        .sort()
        .join()
    for (const [key, text] of zh) {
      const other = en.get(key) ?? en.get(`${withoutPlural(key)}_other`)
      assert.equal(slots(text), slots(other ?? ''), `${name}:${key}`)
    }
    for (const [key, text] of [...en, ...zh])
      assert.ok(text !== '' || key.endsWith('.example'), `${name}:${key} is empty`)
    for (const key of en.keys()) if (key.endsWith('_one')) assert.ok(en.has(`${withoutPlural(key)}_other`), key)
  })
}

test('every word of the vocabulary has a translation', () => {
  const expected = {
    type: alertTypes,
    stage: stages,
    level: levels,
    state: alertStates,
    kind: assetKinds,
    entity: entityKinds,
  }
  for (const [group, values] of Object.entries(expected)) {
    for (const value of values) {
      for (const language of [english, chinese]) assert.ok(language.get('vocabulary')?.has(`${group}.${value}`), value)
    }
  }
  for (const type of alertTypes) assert.ok(english.get('alerts')?.has(`defence.about.${type}`), type)
})

test('every act that a route leaves in the audit trail has words', () => {
  for (const [name, route] of Object.entries<Route>(routes))
    if (route.method !== 'GET' || route.download)
      for (const language of [english, chinese]) assert.ok(language.get('people')?.has(`audit.act.${name}`), name)
})

test('every key that is written out in the source exists', () => {
  for (const path of files('**/*.tsx')) {
    const text = readFileSync(path, 'utf8')
    const functions = new Map<string, Set<string>>()
    for (const [, renamed, namespace] of text.matchAll(
      /\{ t(?:: (\w+))?(?:, i18n)? \} = useTranslation\('([\w-]+)'\)/g,
    )) {
      const known = functions.get(renamed ?? 't') ?? new Set()
      functions.set(renamed ?? 't', known.add(namespace ?? ''))
    }
    for (const [called, namespaces] of functions) {
      for (const [, key = ''] of text.matchAll(new RegExp(`[^\\w.]${called}\\('([^']+)'`, 'g'))) {
        const found = [...namespaces].some((namespace) => unique(english.get(namespace)?.keys() ?? []).includes(key))
        assert.ok(found, `${path.slice(source.length)}: ${called}('${key}')`)
      }
    }
  }
})

/** Attributes whose text people read or hear. */
const readAttributes = ['title', 'label', 'placeholder', 'aria-label', 'alt', 'description', 'aria-description']

interface Node {
  type: string
  value?: unknown
  name?: { name?: string }
}

test('components hold no text of their own', () => {
  const offences: string[] = []
  for (const path of files('**/*.tsx')) {
    const { program, errors } = parseSync(path, readFileSync(path, 'utf8'))
    assert.deepEqual(errors, [])
    walk(program, (node) => {
      if (node.type === 'JSXText' && /\p{L}/u.test(String(node.value))) offences.push(`${path}: ${node.value}`)
      if (node.type !== 'JSXAttribute' || !readAttributes.includes(node.name?.name ?? '')) return
      const literal = node.value as { type: string; value?: unknown } | null
      if (literal?.type === 'Literal' && /\p{L}/u.test(String(literal.value)))
        offences.push(`${path}: ${literal.value}`)
    })
  }
  assert.deepEqual(offences, [])
})

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit)
  else if (value && typeof value === 'object') {
    if ('type' in value) visit(value as Node)
    for (const inner of Object.values(value)) walk(inner, visit)
  }
}
