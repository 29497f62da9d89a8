/** The shape of the console: features do not know each other, only the API package of ours is imported. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const source = new URL('../src', import.meta.url).pathname
const imports = globSync('**/*.{ts,tsx}', { cwd: source }).flatMap((path) => {
  const text = readFileSync(join(source, path), 'utf8')
  return [...text.matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map((match) => ({
    path,
    target: match[1] ?? match[2] ?? '',
  }))
})
const areaOf = (path: string) =>
  path
    .split('/')
    .slice(0, path.startsWith('features/') ? 2 : 1)
    .join('/')

test('features import neither each other nor the shell', () => {
  for (const { path, target } of imports) {
    if (!path.startsWith('features/') || !target.startsWith('.')) continue
    const area = areaOf(relative(source, resolve(source, dirname(path), target)))
    const allowed = area === areaOf(path) || ['api', 'parts', 'messages', 'theme'].includes(area)
    assert.ok(allowed, `${path} imports ${target}`)
  }
})

test('of our packages only @rampart/api is imported, its schemas as types only', () => {
  for (const { path, target } of imports) {
    if (target.startsWith('@rampart/'))
      assert.match(target, /^@rampart\/api(?:\/vocabulary|\/event-query|\/visible-text)?$/, path)
  }
  for (const path of globSync('**/*.{ts,tsx}', { cwd: source })) {
    const text = readFileSync(join(source, path), 'utf8')
    assert.doesNotMatch(text, /^import (?!type)[^\n]*from '@rampart\/api'$/m, path)
  }
})

test('nothing writes HTML or styles by hand', () => {
  for (const path of globSync('**/*.tsx', { cwd: source })) {
    assert.doesNotMatch(readFileSync(join(source, path), 'utf8'), /dangerouslySetInnerHTML|innerHTML|<style/, path)
  }
})

test('the console speaks to the server through the table of routes and the live stream only', () => {
  const only = (shape: RegExp, allowed: readonly string[]) => {
    const found = globSync('**/*.{ts,tsx}', { cwd: source }).filter((path) =>
      shape.test(readFileSync(join(source, path), 'utf8')),
    )
    assert.deepEqual(found.sort(), allowed, String(shape))
  }
  only(/(?<![.\w])fetch\(/, ['api/client.ts'])
  only(/new EventSource/, ['api/stream.ts'])
  only(/XMLHttpRequest|sendBeacon|new WebSocket/, [])
  // Downloads take their path from the table too; only the description of the API is none of its routes.
  only(/['"`]\/api\//, ['api/api-description.ts', 'api/paths.ts', 'api/stream.ts'])
})
