/** What the build weighs and contains: the first load of the Alerts page, and a page that a strict policy allows. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type BuiltConsole, buildConsole } from './built-console.ts'

/** Promise of the product: script of the Alerts page, gzip, bytes. */
const firstLoadLimit = 300_000

let built: BuiltConsole
before(async () => {
  built = await buildConsole()
})
after(() => built?.remove())

test('the first load of the Alerts page is under 300 KB gzip of script', () => {
  const needed = new Set<string>()
  const add = (name: string): void => {
    if (needed.has(name)) return
    needed.add(name)
    for (const imported of built.manifest[name]?.imports ?? []) add(imported)
  }
  for (const name of ['index.html', 'src/shell/shell.tsx', 'src/features/alerts/page.tsx', 'src/messages/zh.ts']) {
    assert.ok(built.manifest[name], `${name} is a chunk of its own`)
    add(name)
  }
  const sizes = [...needed].map(
    (name) => gzipSync(readFileSync(join(built.dist, built.manifest[name]?.file ?? ''))).length,
  )
  const sum = sizes.reduce((total, size) => total + size, 0)
  assert.ok(sum < firstLoadLimit, `${sum} bytes in ${sizes.length} files`)
})

test('schemas are not part of the build', () => {
  const scripts = readdirSync(join(built.dist, 'static')).filter((name) => name.endsWith('.js'))
  for (const name of scripts) assert.doesNotMatch(readFileSync(join(built.dist, 'static', name), 'utf8'), /ZodObject/)
})

test('the page has no inline script or style and loads nothing from elsewhere', () => {
  const html = readFileSync(join(built.dist, 'index.html'), 'utf8')
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)/)
  assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=/)
  assert.doesNotMatch(html, /(?:src|href)="(?!\/)/)
})

test('only latin subsets of the fonts are shipped', () => {
  const fonts = readdirSync(join(built.dist, 'static')).filter((name) => name.endsWith('.woff2'))
  assert.equal(fonts.length, 2)
})
